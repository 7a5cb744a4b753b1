/** Capture through the real SDKs: events go in over AMQP and come out as blobs. */
import { ContainerClient } from '@azure/storage-blob'
import type { EventData } from '@azure/event-hubs'
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEventHubs, type HubConfig } from '../../../local/event-hubs/server.ts'
import type { CaptureOptions } from '../../../local/event-hubs/capture/options.ts'
import { startLake, type Lake } from '../../support/lake.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { capturedHubs, captureTo, filesOf, recordsOf, recordsWhenThere, sequencesOf } from './capture-support.ts'
import { clientsOf, defaultHubs, hub, numbered, range, testHubs } from './support.ts'

let lake: Lake
before(async () => {
  lake = await startLake()
})
after(() => lake.stop())
beforeEach(async () => {
  for await (const { name } of lake.container.listBlobsFlat()) await lake.container.deleteBlob(name)
})

test('what is sent is captured, event for event, under the name of its window and partition', async (t) => {
  const { send, receive } = await testHubs(t, { hubs: capturedHubs(captureTo(lake)), namespace: 'contoso' })
  const sent = numbered(0, 99).map((event, i) => ({
    ...event,
    contentType: 'text/plain',
    messageId: `m-${i}`,
    properties: { text: `t${i}`, whole: i, fraction: i + 0.5, time: new Date(i) },
  }))
  await send(sent.slice(0, 50))
  await send(sent.slice(50))
  const records = await recordsWhenThere(lake, 100)
  const received = await receive('0', 100)
  assert.deepEqual(
    records.map(({ Body, ...record }) => ({ ...record, Body: Buffer.from(Body!).toString() })),
    received.map((event, i) => ({
      SequenceNumber: i,
      Offset: String(event.offset),
      EnqueuedTimeUtc: records[i]!.EnqueuedTimeUtc,
      SystemProperties: { 'message-id': `m-${i}`, 'content-type': 'text/plain' },
      Properties: { text: `t${i}`, whole: i, fraction: i + 0.5, time: i },
      Body: String(i),
    })),
  )
  for (const [i, { EnqueuedTimeUtc }] of records.entries()) {
    assert.equal(
      Date.parse(`${EnqueuedTimeUtc} UTC`),
      Math.floor(received[i]!.enqueuedTimeUtc.getTime() / 1_000) * 1_000,
    )
  }
  for (const name of (await filesOf(lake)).keys()) {
    assert.match(name, /^contoso\/readings\/y=\d{4}\/m=\d\d\/d=\d\d\/h=\d\d\/\d\d-\d\d-p0\.avro$/)
  }
})

test('an event carries its partition key', async (t) => {
  const { send, producer } = await testHubs(t, { hubs: capturedHubs(captureTo(lake)) })
  await send([{ body: 'x' }], { partitionKey: 'device-7' })
  const client = producer()
  const properties = await Promise.all(range(0, 3).map((i) => client.getPartitionProperties(String(i))))
  const partition = properties.findIndex(({ isEmpty }) => !isEmpty)
  const [record] = await recordsWhenThere(lake, 1, partition)
  assert.deepEqual(record!.SystemProperties, { 'x-opt-partition-key': 'device-7' })
})

test('each partition has files of its own, in windows that hold every event once', async (t) => {
  const { send } = await testHubs(t, { hubs: capturedHubs(captureTo(lake)) })
  for (const part of range(0, 3)) {
    await Promise.all(range(0, 3).map((i) => send(numbered(20 * part, 20 * part + 19), { partitionId: String(i) })))
    await sleep(500)
  }
  for (const partition of range(0, 3)) {
    assert.deepEqual(sequencesOf(await recordsWhenThere(lake, 80, partition)), range(0, 79))
    assert.ok((await filesOf(lake, partition)).size > 1)
  }
})

test('a full file is written before the interval is over', async (t) => {
  const capture = captureTo(lake, { intervalSeconds: 900, sizeLimitBytes: 100_000 })
  const { send } = await testHubs(t, { hubs: capturedHubs(capture) })
  for (const i of range(0, 24)) await send([{ body: Buffer.alloc(10_000, i) }])
  await recordsWhenThere(lake, 20)
  const files = [...(await filesOf(lake)).values()]
  assert.deepEqual(files.map(sequencesOf), [range(0, 9), range(10, 19)])
})

test('where nothing comes there are no files, or empty ones where they are not skipped', async (t) => {
  await testHubs(t, { hubs: capturedHubs(captureTo(lake, { skipEmptyArchives: true }), 1) })
  const hubs = [{ ...capturedHubs(captureTo(lake, { skipEmptyArchives: false }), 1)[0]!, name: 'others' }]
  await testHubs(t, { hubs })
  while ((await lake.files()).size < 2) await sleep(100)
  for (const [name, bytes] of await lake.files()) {
    assert.match(name, /^millrace-local\/others\//)
    // The mark alone comes after the schema and the end of the map.
    assert.equal(bytes.length, bytes.lastIndexOf(']}\0') + 3 + 16)
  }
})

/** One life of the hub: sends events and lets capture go on until it has so many. */
const life = async (
  directory: string,
  hubs: readonly HubConfig[],
  events: EventData[],
  until: number,
): Promise<void> => {
  const running = await startEventHubs({ port: 0, directory, hubs })
  const { send, close } = clientsOf(running.connectionString)
  await send(events)
  await close()
  await recordsWhenThere(lake, until)
  await running.close()
}

test('events from before capture was switched on, or while it was off, are not captured', async () => {
  const directory = temporaryFolder()
  const capture = capturedHubs(captureTo(lake))
  await life(directory, defaultHubs, numbered(0, 9), 0)
  await life(directory, capture, numbered(10, 19), 10)
  await life(directory, defaultHubs, numbered(20, 29), 10)
  await life(directory, capture, numbered(30, 39), 20)
  assert.deepEqual(sequencesOf(await recordsOf(lake)), [...range(10, 19), ...range(30, 39)])
})

test('a restart goes on where capture was, with what came and was not captured yet', async () => {
  const directory = temporaryFolder()
  await life(directory, capturedHubs(captureTo(lake, { intervalSeconds: 900 })), numbered(0, 9), 0)
  assert.deepEqual(await recordsOf(lake), [])
  await life(directory, capturedHubs(captureTo(lake)), numbered(10, 19), 20)
  assert.deepEqual(sequencesOf(await recordsOf(lake)), range(0, 19))
})

test('while the lake is away events stay in the hub and clients are served; then all are captured; each is said once', async (t) => {
  const notices: string[] = []
  const { send, receive } = await testHubs(t, {
    hubs: capturedHubs(captureTo(lake)),
    onNotice: (message) => notices.push(message),
  })
  await send(numbered(0, 9))
  await recordsWhenThere(lake, 10)
  await lake.stop()
  for (const i of range(1, 9)) {
    await send(numbered(10 * i, 10 * i + 9))
    await send(numbered(10 * i, 10 * i + 9), { partitionId: '1' })
    await sleep(200)
  }
  assert.equal((await receive('0', 100)).length, 100)
  while (notices.length === 0) await sleep(50)
  await lake.startAgain()
  assert.deepEqual(sequencesOf(await recordsWhenThere(lake, 100)), range(0, 99))
  assert.deepEqual(sequencesOf(await recordsWhenThere(lake, 90, 1)), range(0, 89))
  while (notices.length < 2) await sleep(50)
  assert.deepEqual(notices, [
    `Capture cannot write to ${lake.container.url}: ECONNREFUSED. Events stay in their hub; it tries again until they are captured.`,
    'Capture goes on.',
  ])
})

test('a container that is not there is said, and used as soon as it is', async (t) => {
  const notices: string[] = []
  const capture = captureTo(lake, { container: 'later' })
  const { send } = await testHubs(t, { hubs: capturedHubs(capture), onNotice: (message) => notices.push(message) })
  await send(numbered(0, 9))
  while (notices.length === 0) await sleep(50)
  assert.match(notices[0]!, /\/later: ContainerNotFound\. Events stay in their hub/)
  const container = new ContainerClient(lake.connectionString, 'later')
  await container.create()
  while ((await Array.fromAsync(container.listBlobsFlat())).length === 0) await sleep(50)
  await container.delete()
})

const wrong: readonly (readonly [Partial<CaptureOptions>, string])[] = [
  [{ intervalSeconds: 0 }, 'intervalSeconds: expected a whole number from 1 to 900, not 0.'],
  [{ intervalSeconds: 901 }, 'intervalSeconds: expected a whole number from 1 to 900, not 901.'],
  [{ intervalSeconds: 1.5 }, 'intervalSeconds: expected a whole number from 1 to 900, not 1.5.'],
  [{ sizeLimitBytes: 0 }, 'sizeLimitBytes: expected a whole number from 1 to 524288000, not 0.'],
  [{ container: 'A' }, 'container: expected 3 to 63 small letters, digits and single hyphens.'],
  [{ connectionString: 'x' }, 'connectionString: expected the connection string of a storage account.'],
  [{ skipEmptyArchives: 'no' as unknown as boolean }, 'skipEmptyArchives: expected true or false, not no.'],
  [
    { archiveNameFormat: '{Namespace}/{EventHub}/{PartitionId}/{Year}{Month}{Day}{Hour}' },
    'archiveNameFormat: expected every token; {Minute}, {Second} is missing.',
  ],
  [
    { archiveNameFormat: `${captureTo({ connectionString: '' }).archiveNameFormat}-{Week}` },
    'archiveNameFormat: {Week} is no token.',
  ],
]

for (const [options, problem] of wrong) {
  test(`refused at start: capture.${problem}`, async () => {
    const hubs = capturedHubs(captureTo(lake, options))
    await assert.rejects(startEventHubs({ port: 0, directory: temporaryFolder(), hubs }), {
      message: `Hub readings: capture.${problem}`,
    })
  })
}

test('every problem is named at once', async () => {
  const hubs = capturedHubs(captureTo(lake, { intervalSeconds: 0, sizeLimitBytes: -1 }))
  await assert.rejects(startEventHubs({ port: 0, directory: temporaryFolder(), hubs }), {
    message:
      'Hub readings: capture.intervalSeconds: expected a whole number from 1 to 900, not 0.\n' +
      'Hub readings: capture.sizeLimitBytes: expected a whole number from 1 to 524288000, not -1.',
  })
})

test('a position that cannot be kept stops the start, saying where', async () => {
  const directory = temporaryFolder()
  await mkdir(join(directory, hub, '0.capture.json.new'), { recursive: true })
  const hubs = capturedHubs(captureTo(lake))
  await assert.rejects(startEventHubs({ port: 0, directory, hubs }), /0\.capture\.json\.new/)
})
