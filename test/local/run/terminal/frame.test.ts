import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { frame } from '../../../../local/run/terminal/frame.ts'
import { paint } from '../../../../local/run/terminal/line.ts'
import { sampleMessages, sampleView } from '../../../support/terminal-view.ts'

const fixtures = join(import.meta.dirname, '..', '..', '..', 'fixtures', 'frames')
const textOf = (columns: number, rows: number, view = sampleView, messages = sampleMessages): string[] =>
  frame(view, messages, { columns, rows }).map((line) => paint(line, false))

/** On record; `node --test --test-update-snapshots test/local/run/terminal/frame.test.ts` writes them anew. */
for (const [columns, rows] of [
  [80, 24],
  [120, 40],
  [44, 40],
] as const) {
  test(`a screen of ${columns} by ${rows} looks as on record`, (t) => {
    const text = textOf(columns, rows)
      .map((line) => `${line.trimEnd()}\n`)
      .join('')
    t.assert.fileSnapshot(text, join(fixtures, `${columns}x${rows}.txt`), { serializers: [String] })
  })
}

test('whatever the size, no line is wider and no screen higher, and nothing steers the terminal', () => {
  fc.assert(
    fc.property(fc.nat(200), fc.nat(60), (columns, rows) => {
      const lines = textOf(columns, rows)
      assert.ok(lines.length <= rows)
      for (const line of lines) {
        assert.ok(stringWidth(line) <= columns, `${stringWidth(line)} of ${columns}: ${line}`)
        assert.doesNotMatch(line, /\p{Cc}/u)
      }
    }),
  )
})

test('before the first reading the screen shows what is said', () => {
  const lines = frame(undefined, ['Going on with the run.'], { columns: 80, rows: 24 }).map((line) =>
    paint(line, false),
  )
  assert.deepEqual(lines, ['Millrace  starting …', '', 'Going on with the run.'])
})

test('a host that does not answer is named, and what was last read stays', () => {
  const [title, ...rest] = textOf(80, 24, { ...sampleView, stale: true })
  assert.match(title!, /the host does not answer/)
  assert.deepEqual(rest, textOf(80, 24).slice(1))
})

test('colours mark what needs eyes, and only with colours', () => {
  const painted = frame(sampleView, [], { columns: 120, rows: 40 })
    .map((line) => paint(line, true))
    .join('\n')
  assert.ok(painted.includes('\u001B[33m5000\u001B[39m'), 'a shard more than ten seconds behind is yellow')
  assert.ok(painted.includes('\u001B[31m  lost 2\u001B[39m'), 'lost events are red')
  assert.ok(!painted.includes('\u001B[33m12\u001B[39m'), 'a little lag is not')
})
