/** Runs of recordings, for end-to-end tests with the sample data. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { RunReport, StreamReport } from '../../local/run/report.ts'
import { start } from './start.ts'
import { temporaryFolder } from './temporary-folder.ts'

const data = process.env['MILLRACE_SAMPLE_DATA']

/** Why tests with the sample data are skipped; false where they are not. */
export const skipWithoutSamples =
  data !== undefined && existsSync(data) ? false : 'MILLRACE_SAMPLE_DATA does not name the folder of the sample data'

export const sample = (...path: string[]): string => join(data!, ...path)

/** The report of a run that has to end verified. */
export const runRecorded = async (t: TestContext, stream: string, args: readonly string[]): Promise<StreamReport> => {
  const state = temporaryFolder()
  const path = join(state, 'r.json')
  const run = start(t, [...args, '--state', state, '--report', path])
  assert.equal(await run.ended, 0, run.output())
  return (JSON.parse(readFileSync(path, 'utf8')) as RunReport).streams[stream]!
}
