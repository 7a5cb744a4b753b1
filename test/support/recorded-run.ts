/** Runs of recordings, for end-to-end tests with the sample data. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { RunReport, StreamReport } from '../../local/run/report.ts'
import { startMillrace } from './millrace.ts'
import { start } from './start.ts'
import { temporaryFolder } from './temporary-folder.ts'

const data = process.env['MILLRACE_SAMPLE_DATA']

/** Why tests with the sample data are skipped; false where they are not. */
export const skipWithoutSamples =
  data !== undefined && existsSync(data) ? false : 'MILLRACE_SAMPLE_DATA does not name the folder of the sample data'

export const sample = (...path: string[]): string => join(data!, ...path)

/** The report of a run that has to end verified, and that leaves what it has served in the folder `state`. */
export const runRecorded = async (
  t: TestContext,
  stream: string,
  args: readonly string[],
  state = temporaryFolder(),
): Promise<StreamReport> => {
  const path = join(state, 'r.json')
  const run = start(t, [...args, '--state', state, '--report', path])
  assert.equal(await run.ended, 0, run.output())
  return (JSON.parse(readFileSync(path, 'utf8')) as RunReport).streams[stream]!
}

/** Starts the services again over what a run of recordings has left in `state`; resolves with the URL of the API. */
export const serveRecorded = async (t: TestContext, state: string): Promise<string> => {
  const [run, ...others] = readdirSync(join(state, 'runs'))
  assert.deepEqual(others, [])
  const { url } = await startMillrace(t, { MILLRACE_HEARTBEATS: 'feed' }, join(state, 'runs', run!))
  return url
}
