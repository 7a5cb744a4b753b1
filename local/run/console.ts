/** What a run prints without a terminal: lines that stay, and from time to time one on how far it has come. */

export interface Console {
  say(line: string): void
  /** Empty: nothing to show. */
  showProgress(line: string): void
}

/** How far it has come would fill the log: one line in so many ms has to do. */
const progressEveryMs = 5_000

/** `now` in ms. */
export const consoleOf = (output: { write(text: string): unknown }, now: () => number): Console => {
  let shownAt = -Infinity
  const say = (line: string): void => {
    output.write(`${line}\n`)
  }
  return {
    say,
    showProgress: (line) => {
      if (line === '' || now() - shownAt < progressEveryMs) return
      shownAt = now()
      say(line)
    },
  }
}
