import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { root } from '../support/millrace.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** util-linux: runs a command on a pseudo-terminal and copies what it writes there. */
const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0

test(
  'on a terminal a run is drawn, and its verdict stays when the screen is gone',
  { timeout: 120_000, skip: hasScript ? false : 'script (util-linux) is not installed' },
  async () => {
    const state = temporaryFolder()
    const command = `${process.execPath} ${join(root, 'local', 'start.ts')} --for 4s --rate 100 --state ${state}`
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TERM: 'xterm', NO_COLOR: '1' },
    })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    const output = await text(child.stdout)
    assert.equal(await ended, 0, output)
    const [before, drawn, after, ...more] = output.split(/\u001B\[\?1049[hl]/)
    assert.ok(before !== undefined && drawn !== undefined && after !== undefined && more.length === 0, output)
    for (const shown of ['events/s', 'by shard', 'RU/event', 'hottest pages', 'sickest devices']) {
      assert.ok(drawn.includes(shown), shown)
    }
    assert.ok(!drawn.includes('\u001B[31m'))
    assert.match(after, /clickstream: verified, \d+ windows equal the oracle's\r?\n/)
    assert.doesNotMatch(after, /events\/s/)
  },
)
