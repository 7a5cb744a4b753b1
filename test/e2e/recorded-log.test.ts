import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { StreamReport } from '../../local/run/report.ts'
import { runRecorded, sample, skipWithoutSamples as skip } from '../support/recorded-run.ts'

const log = (name: string): string => sample('web', name)
const runLog = (t: TestContext, args: readonly string[]): Promise<StreamReport> => runRecorded(t, 'clickstream', args)

/** By cutting lines at quotes and blanks, as one would with awk: path of the request without query. */
const viewsByPage = (text: string): Map<string, number> => {
  const views = new Map<string, number>()
  for (const line of text.split('\n')) {
    const parts = line.split('"')
    if (parts.length !== 7 || parts[6] !== '') continue
    const page = parts[1]!.split(' ')[1]!.split(/[?#]/)[0]!
    views.set(page, (views.get(page) ?? 0) + 1)
  }
  return views
}

test(
  'an access log fed whole gives the views by page that the log itself gives',
  { skip, timeout: 180_000 },
  async (t) => {
    const report = await runLog(t, ['--feed', `clickstream=${log('access.log.gz')}`, '--keep-all'])
    assert.deepEqual(
      [report.sent, report.ledger.accepted, report.ledger.dead, report.ledger.filtered],
      [10_000, 9_999, 1, 0],
    )
    const served = new Map(Object.entries(report.counts['pages']!).map(([page, { views }]) => [page, views]))
    const expected = viewsByPage(gunzipSync(readFileSync(log('access.log.gz'))).toString('latin1'))
    assert.equal(expected.size, 1_368)
    assert.deepEqual(new Map([...served].sort()), new Map([...expected].sort()))
  },
)

test('without --keep-all bots are filtered and the ledger still balances', { skip, timeout: 180_000 }, async (t) => {
  const { ledger } = await runLog(t, ['--feed', `clickstream=${log('access.log.gz')}`])
  assert.equal(ledger.accepted + ledger.filtered + ledger.dead + ledger.duplicate + ledger.late, 10_000)
  assert.ok(ledger.filtered > 1_000)
})

test('truncated lines are dead, alone and together with a whole log', { skip, timeout: 180_000 }, async (t) => {
  const alone = await runLog(t, ['--feed', `clickstream=${log('access-truncated.log')}`])
  assert.deepEqual([alone.sent, alone.ledger.dead, alone.windowsCompared], [14, 14, 0])
  const both = await runLog(t, [
    '--feed',
    `clickstream=${log('access.log.gz')}`,
    '--feed',
    `clickstream=${log('access-truncated.log')}`,
    '--keep-all',
  ])
  assert.deepEqual([both.sent, both.ledger.dead, both.ledger.accepted], [10_014, 15, 9_999])
})
