import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTraceParent, producerContexts } from '../../shared/core/trace-context.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'
const valid = `00-${traceId}-${spanId}-01`

test('a traceparent is read', () => {
  assert.deepEqual(parseTraceParent(valid), { traceId, spanId, traceFlags: 1 })
  assert.deepEqual(parseTraceParent(`00-${traceId}-${spanId}-00`), { traceId, spanId, traceFlags: 0 })
})

test('a version of the future is read by what is known of it', () => {
  assert.deepEqual(parseTraceParent(`cc-${traceId}-${spanId}-01-more`), { traceId, spanId, traceFlags: 1 })
})

const malformed: readonly (readonly [what: string, value: unknown])[] = [
  ['nothing', undefined],
  ['a number', 7],
  ['an empty text', ''],
  ['upper case', valid.toUpperCase()],
  ['a trace of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
  ['a span of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['the forbidden version', `ff-${traceId}-${spanId}-01`],
  ['more than version 00 has', `${valid}-more`],
  ['a short trace', `00-${traceId.slice(1)}-${spanId}-01`],
  ['no flags', `00-${traceId}-${spanId}`],
  ['something before it', ` ${valid}`],
  ['a line after it', `${valid}\n`],
  ['an older hierarchical id', '|4bf92f35.00f067aa.'],
]
for (const [what, value] of malformed) {
  test(`${what} is no traceparent`, () => {
    assert.equal(parseTraceParent(value), undefined)
  })
}

test('producers are found in either property, each once, malformed ones passed over', () => {
  const other = `00-${traceId}-00f067aa0ba902b8-00`
  const events = [
    { 'diagnostic-Id': valid },
    { traceparent: other, 'diagnostic-Id': valid },
    { traceparent: 'broken', 'Diagnostic-Id': valid },
    { traceparent: 'broken' },
    {},
  ].map((properties) => ({ properties }))
  assert.deepEqual(producerContexts(events), [
    { traceId, spanId, traceFlags: 1 },
    { traceId, spanId: '00f067aa0ba902b8', traceFlags: 0 },
  ])
})
