/** What a hook does, one thing after the other, each of which may be done again. */

export interface Step {
  /** What it will do, for the plan and the log. */
  readonly what: string
  run(): Promise<void>
}

/** Runs the steps in order, or only says what they are. */
export const runSteps = async (
  steps: readonly Step[],
  { isDryRun, log }: { readonly isDryRun: boolean; readonly log: (line: string) => void },
): Promise<void> => {
  if (steps.length === 0) log('Nothing to do.')
  for (const [i, { what, run }] of steps.entries()) {
    log(`${isDryRun ? 'Would' : 'Now'} (${i + 1} of ${steps.length}): ${what}`)
    if (!isDryRun) await run()
  }
}
