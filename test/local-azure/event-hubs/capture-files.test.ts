/** What a capture file holds, read with another library than it was written with. */
import rhea from 'rhea'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { archiveName } from '../../../local/event-hubs/capture/archive-name.ts'
import { avroFile } from '../../../local/event-hubs/capture/avro-file.ts'
import { capturedEvent, timeText } from '../../../local/event-hubs/capture/captured-event.ts'
import { archiveNameFormat, namespaceOfHost } from '../../../shared/contracts/capture.ts'
import { captureRecords, type CaptureRecord } from '../../support/capture-file.ts'

const { types } = rhea
const enqueuedAt = Date.UTC(2023, 1, 6, 18, 29, 45, 123)

const fileOf = async (messages: readonly Buffer[], name = 'a-name'): Promise<Buffer> => {
  const events = messages.map((message, sequence) =>
    capturedEvent({ sequence, offset: 100 * sequence, enqueuedAt, message }),
  )
  async function* slices() {
    await Promise.resolve()
    yield events
  }
  return Buffer.concat(await Array.fromAsync(avroFile(name, slices())))
}

const encoded = (message: object): Buffer => rhea.message.encode(message)
const recordOf = async (message: object): Promise<CaptureRecord> =>
  (await captureRecords(await fileOf([encoded(message)])))[0]!
const data = (...contents: readonly string[]): unknown =>
  rhea.message.data_sections(contents.map((text) => Buffer.from(text)))
const bodyOf = async (body: unknown): Promise<string | null> => {
  const { Body } = await recordOf({ body })
  return Body === null ? null : Buffer.from(Body).toString()
}

test('a file begins as those of Azure do: magic, codec, schema, and the mark that ends it', async () => {
  const schema =
    '{"type":"record","name":"EventData","namespace":"Microsoft.ServiceBus.Messaging","fields":[' +
    '{"name":"SequenceNumber","type":"long"},{"name":"Offset","type":"string"},{"name":"EnqueuedTimeUtc","type":"string"},' +
    '{"name":"SystemProperties","type":{"type":"map","values":["long","double","string","bytes"]}},' +
    '{"name":"Properties","type":{"type":"map","values":["long","double","string","bytes","null"]}},' +
    '{"name":"Body","type":["null","bytes"]}]}'
  const file = await fileOf([encoded({ body: data('x') })])
  // Lengths are zig-zag numbers: two entries, 10 and 4 bytes, 11 bytes and the schema's own.
  const length = Buffer.from([((schema.length * 2) & 0x7f) | 0x80, (schema.length * 2) >> 7])
  const expected = Buffer.concat([
    Buffer.from('Obj\x01\x04\x14avro.codec\x08null\x16avro.schema'),
    length,
    Buffer.from(`${schema}\x00`),
  ])
  assert.equal(file.subarray(0, expected.length).toString('latin1'), expected.toString('latin1'))
  assert.deepEqual(file.subarray(-16), file.subarray(expected.length, expected.length + 16))
})

test('a record tells sequence, offset and time as Azure writes them, and no more of the system than it has to', async () => {
  const record = await recordOf({
    body: data('x'),
    message_annotations: {
      'x-opt-sequence-number': 7,
      'x-opt-offset': '700',
      'x-opt-enqueued-time': types.wrap_timestamp(enqueuedAt),
    },
  })
  assert.deepEqual(record, {
    SequenceNumber: 0,
    Offset: '0',
    EnqueuedTimeUtc: '2/6/2023 6:29:45 PM',
    SystemProperties: {},
    Properties: {},
    Body: Buffer.from('x'),
  })
})

for (const [instant, text] of [
  ['2016-11-16T16:44:11.999Z', '11/16/2016 4:44:11 PM'],
  ['2020-06-12T00:00:00.000Z', '6/12/2020 12:00:00 AM'],
  ['2020-06-12T12:05:09.500Z', '6/12/2020 12:05:09 PM'],
  ['2021-12-02T09:58:24.000Z', '12/2/2021 9:58:24 AM'],
] as const) {
  test(`${instant} is ${text}`, () => {
    assert.equal(timeText(Date.parse(instant)), text)
  })
}

test('annotations and message properties are system properties, under their own names', async () => {
  const { SystemProperties } = await recordOf({
    body: data('x'),
    message_annotations: {
      'x-opt-partition-key': 'Zürich',
      'x-opt-publisher': 'p',
      'x-opt-own': 5,
      'x-opt-nothing': null,
    },
    message_id: 'm-1',
    content_type: 'application/json',
    creation_time: new Date(5_000),
  })
  assert.deepEqual(SystemProperties, {
    'x-opt-partition-key': 'Zürich',
    'x-opt-publisher': 'p',
    'x-opt-own': 5,
    'message-id': 'm-1',
    'content-type': 'application/json',
    'creation-time': 5_000,
  })
})

const values: readonly [string, unknown, unknown][] = [
  ['a text', 'Zürich', 'Zürich'],
  ['a symbol', types.wrap_symbol('sym'), 'sym'],
  ['an int', types.wrap_int(-5), -5],
  ['a ubyte', types.wrap_ubyte(200), 200],
  ['a byte', types.wrap_byte(-3), -3],
  ['a ushort', types.wrap_ushort(60_000), 60_000],
  ['a short', types.wrap_short(-6_000), -6_000],
  ['a uint', types.wrap_uint(4_000_000_000), 4_000_000_000],
  ['a long', types.wrap_long(-1_234_567_890_123), -1_234_567_890_123],
  ['a ulong', types.wrap_ulong(1_234_567_890_123), 1_234_567_890_123],
  ['nought', types.wrap_ulong(0), 0],
  ['a time', types.wrap_timestamp(enqueuedAt), enqueuedAt],
  ['a double', types.wrap_double(0.1), 0.1],
  ['a float', types.wrap_float(1.5), 1.5],
  ['a whole double', types.wrap_double(5), 5],
  ['a binary', types.wrap_binary(Buffer.from([0, 255])), Buffer.from([0, 255])],
  ['a boolean', true, 'true'],
  ['the other boolean', false, 'false'],
  ['null', null, null],
  [
    'a UUID',
    types.wrap_uuid(Buffer.from('00112233445566778899aabbccddeeff', 'hex')),
    '00112233-4455-6677-8899-aabbccddeeff',
  ],
  ['a character', types.wrap_char(0x1f600), '😀'],
  ['a list', types.wrap_list(['a', 1]), '["a",1]'],
  ['a map', types.wrap_map({ a: 1 }), '{"a":1}'],
  ['a ulong beyond a long', types.wrap_ulong(Buffer.alloc(8, 255)), '18446744073709551615'],
]

for (const [name, sent, captured] of values) {
  test(`as an application property ${name} is captured`, async () => {
    const { Properties } = await recordOf({ body: data('x'), application_properties: { wert: sent } })
    assert.deepEqual(Properties, { wert: captured })
  })
}

test('a whole double stays a double, and a long beyond 2^53 keeps its digits', async () => {
  const exact = 9_007_199_254_740_993n
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(exact)
  const message = encoded({
    body: data('x'),
    application_properties: { d: types.wrap_double(5), l: types.wrap_long(bytes) },
  })
  const { Properties } = capturedEvent({ sequence: 0, offset: 0, enqueuedAt, message })
  assert.deepEqual(Properties, { d: { double: 5 }, l: { long: exact } })
  // Zig-zag, seven bits a byte: 2 · 9,007,199,254,740,993.
  assert.ok((await fileOf([message])).includes(Buffer.from('8280808080808020', 'hex')))
})

test('bodies: bytes as they are, none as null, values and sequences as their text', async () => {
  assert.equal(await bodyOf(data('x')), 'x')
  assert.equal(await bodyOf(data('')), '')
  assert.equal(await bodyOf(data('x', '', 'yz')), 'xyz')
  assert.equal(await bodyOf(null), null)
  assert.equal(await bodyOf('text'), 'text')
  assert.equal(await bodyOf(types.wrap_binary(Buffer.from('bin'))), 'bin')
  assert.equal(await bodyOf(types.wrap_map({ a: [1, 'b'] })), '{"a":[1,"b"]}')
  assert.equal(await bodyOf(types.wrap_int(7)), '7')
  assert.equal(await bodyOf(rhea.message.sequence_section([1, 'b'])), '[1,"b"]')
  assert.equal(await bodyOf(rhea.message.sequence_sections([[1], ['b']] as never)), '[[1],["b"]]')
})

test('an event that no client can decode is captured with its body all the same', async () => {
  const broken = Buffer.from([0x00, 0x53, 0x74, 0xc1, 0x04, 0x02, 0xa1, 0x30, 0x41])
  const body = Buffer.from([0x00, 0x53, 0x75, 0xa0, 0x01, 0x78])
  const [first, second] = await captureRecords(
    await fileOf([Buffer.concat([broken, body]), encoded({ body: data('y') })]),
  )
  assert.deepEqual([first!.Properties, Buffer.from(first!.Body!).toString()], [{}, 'x'])
  assert.equal(Buffer.from(second!.Body!).toString(), 'y')
})

test('thousands of events of all sizes are read as they were sent, byte for byte', async () => {
  const bodies = Array.from({ length: 3_000 }, (_, i) => Buffer.alloc(i % 1_000 === 999 ? 300_000 : i % 257, i))
  const messages = bodies.map((body) => encoded({ body: rhea.message.data_section(body) }))
  const records = await captureRecords(await fileOf(messages))
  assert.equal(records.length, bodies.length)
  for (const [i, { SequenceNumber, Body }] of records.entries()) {
    assert.equal(SequenceNumber, i)
    assert.ok(bodies[i]!.equals(Body!), `event ${i}`)
  }
})

test('the same name and events give the same bytes, another name another mark', async () => {
  const messages = [encoded({ body: data('x') })]
  assert.deepEqual(await fileOf(messages), await fileOf(messages))
  assert.notDeepEqual(await fileOf(messages), await fileOf(messages, 'another'))
})

test('a file is named by when its window began, in UTC, padded with zeros', () => {
  const subject = {
    namespace: 'contoso',
    hub: 'clickstream',
    partition: 11,
    windowStart: Date.parse('2026-03-04T05:06:07Z'),
  }
  assert.equal(archiveName(archiveNameFormat, subject), 'contoso/clickstream/y=2026/m=03/d=04/h=05/06-07-p11.avro')
  const azures = '{Namespace}/{EventHub}/{PartitionId}/{Year}/{Month}/{Day}/{Hour}/{Minute}/{Second}'
  assert.equal(archiveName(azures, subject), 'contoso/clickstream/11/2026/03/04/05/06/07.avro')
})

test('a namespace is the first label of its host, and millrace-local on this machine', () => {
  assert.equal(namespaceOfHost('Contoso-EH.servicebus.windows.net'), 'contoso-eh')
  for (const host of ['127.0.0.1', 'localhost', '::1', '[::1]']) assert.equal(namespaceOfHost(host), 'millrace-local')
})
