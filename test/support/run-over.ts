/** A bounded run in this process, over an app other than the one that `npm start` builds. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ChaosEvent } from '../../local/chaos/schedule.ts'
import { readManifest } from '../../local/run/manifest.ts'
import { parseOptions } from '../../local/run/options.ts'
import type { RunReport } from '../../local/run/report.ts'
import { run } from '../../local/run/run.ts'
import { root } from './millrace.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface Ran {
  readonly code: number
  readonly report: RunReport
  readonly output: string
}

/** `command`: as for `npm start`. */
export const runOver = async (
  appDirectory: string,
  command: readonly string[],
  chaos: readonly ChaosEvent[] = [],
): Promise<Ran> => {
  const folder = temporaryFolder()
  const path = join(folder, 'report.json')
  const manifest = await readManifest(root)
  const descriptions = manifest.map(({ description }) => description)
  const parsed = parseOptions([...command, '--report', path], descriptions)
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'))
  const lines: string[] = []
  const code = await run({
    root,
    appDirectory,
    directory: join(folder, 'state'),
    manifest,
    options: parsed.options,
    chaos,
    say: (line) => lines.push(line),
    showProgress: () => undefined,
    signal: new AbortController().signal,
  })
  return { code, report: JSON.parse(readFileSync(path, 'utf8')) as RunReport, output: lines.join('\n') }
}
