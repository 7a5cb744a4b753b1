import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from '../support/start.ts'

test('the demo mends what was counted wrongly, through two kills of the host too', { timeout: 900_000 }, async (t) => {
  const demo = start(t, ['--for', '5m', '--rate', '50'], 'demo/replay.ts')
  assert.equal(await demo.ended, 0, demo.output())
  const output = demo.output()
  for (const line of [
    /^clickstream: 15000 events sent; [1-9]\d* of \d+ windows differ from the oracle's$/m,
    /^telemetry: 15000 events sent; [1-9]\d* of \d+ windows differ from the oracle's$/m,
    /^ {2}pages@1: \d+ windows equal, [1-9]\d* changed, 0 added, 0 removed$/m,
    /^ {2}places@1: [1-9]\d* windows equal, 0 changed, 0 added, 0 removed$/m,
    /^ {2}SIGKILL to the host while it folds its slices/m,
    /^ {2}SIGKILL to the host while it publishes its windows/m,
    /^ {2}sites@1: \d+ windows equal, [1-9]\d* changed, 0 added, 0 removed$/m,
    /^ {2}devices@1: [1-9]\d* windows equal, 0 changed, 0 added, 0 removed$/m,
    /^clickstream: verified, all \d+ windows equal the oracle's$/m,
    /^telemetry: verified, all \d+ windows equal the oracle's$/m,
  ]) {
    assert.match(output, line)
  }
  assert.doesNotMatch(output, /NOT as live/)
})
