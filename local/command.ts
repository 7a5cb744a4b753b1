/** Runs a command and ends the process with the command's exit code, or with 1 and the message of what it threw. */
export const runCommand = (command: () => Promise<number>): void => {
  command().then(
    (code) => {
      process.exit(code)
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
      process.exit(1)
    },
  )
}
