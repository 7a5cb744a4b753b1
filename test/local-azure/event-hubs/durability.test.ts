import type { ReceivedEventData } from '@azure/event-hubs'
import assert from 'node:assert/strict'
import { appendFile, mkdir, readFile, readdir, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { startEventHubs } from '../../../local/event-hubs/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { clientsOf, defaultHubs, hub, numbered, range, sequences, testHubs, texts } from './support.ts'

const log = (directory: string): string => join(directory, hub, '0.log')

/** A folder with a hub whose partition 0 holds these events, and nobody serves. */
const folderWith = async (count: number): Promise<string> => {
  const directory = temporaryFolder()
  const running = await startEventHubs({ port: 0, directory, hubs: defaultHubs })
  const { send, close } = clientsOf(running.connectionString)
  await send(numbered(0, count - 1))
  await close()
  await running.close()
  return directory
}

test('a restart keeps events with their sequences, offsets, times and properties, and goes on', async (t) => {
  const directory = temporaryFolder()
  const running = await startEventHubs({ port: 0, directory, hubs: defaultHubs })
  const first = clientsOf(running.connectionString)
  await first.send(numbered(0, 9).map((event) => ({ ...event, properties: { kept: 1 }, messageId: 'm' })))
  const before = await first.receive('0', 10)
  await first.close()
  await running.close()

  const { send, receive } = await testHubs(t, { directory })
  assert.deepEqual((await receive('0', 10)).map(contentOf), before.map(contentOf))
  await send(numbered(10, 10))
  const [next] = await receive('0', 1, { startPosition: { sequenceNumber: 9 } })
  assert.equal(next!.sequenceNumber, 10)
  assert.ok(Number(next!.offset) > Number(before.at(-1)!.offset))
  assert.ok(next!.enqueuedTimeUtc.getTime() >= before.at(-1)!.enqueuedTimeUtc.getTime())
})

const contentOf = ({ getRawAmqpMessage: _, ...content }: ReceivedEventData): object => content

const tears: readonly [string, (path: string) => Promise<void>][] = [
  ['cut off in its message', async (path) => truncate(path, (await stat(path)).size - 3)],
  [
    'cut off in its frame',
    async (path) => truncate(path, (await stat(path)).size - lastFrame(await readFile(path)) + 7),
  ],
  ['with a damaged byte', async (path) => writeFile(path, flipped(await readFile(path)))],
]

const lastFrame = (bytes: Buffer): number => {
  let at = 0
  for (;;) {
    const size = 16 + bytes.readUInt32LE(at)
    if (at + size >= bytes.length) return size
    at += size
  }
}

const flipped = (bytes: Buffer): Buffer => {
  bytes[bytes.length - 2]! ^= 0xff
  return bytes
}

for (const [name, tear] of tears) {
  test(`a last event ${name} is cut off at the start, and the partition goes on in its place`, async (t) => {
    const directory = await folderWith(5)
    await tear(log(directory))
    const { send, receive, producer } = await testHubs(t, { directory })
    assert.equal((await producer().getPartitionProperties('0')).lastEnqueuedSequenceNumber, 3)
    await send([{ body: Buffer.from('next') }])
    const events = await receive('0', 5)
    assert.deepEqual(texts(events), ['0', '1', '2', '3', 'next'])
    assert.deepEqual(sequences(events), range(0, 4))
  })
}

test('remains of a frame after the last event are cut off', async (t) => {
  const directory = await folderWith(2)
  await appendFile(log(directory), Buffer.alloc(9, 1))
  const { send, receive } = await testHubs(t, { directory })
  await send([{ body: Buffer.from('next') }])
  assert.deepEqual(texts(await receive('0', 3)), ['0', '1', 'next'])
})

test('another number of partitions is refused, saying what to do, and nothing is lost', async (t) => {
  const directory = await folderWith(3)
  const hubs = [{ name: hub, partitions: 8, consumerGroups: [] }]
  await assert.rejects(startEventHubs({ port: 0, directory, hubs }), {
    message:
      'Hub readings was made with 4 partitions and is now configured with 8: the number is fixed for the life of a hub. ' +
      'Restore it, or delete the hub.',
  })
  const { receive } = await testHubs(t, { directory })
  assert.equal((await receive('0', 3)).length, 3)
})

test('a hub whose making was cut short is made again', async (t) => {
  const directory = temporaryFolder()
  await mkdir(join(directory, hub))
  await writeFile(join(directory, hub, 'hub.json.new'), '{"crea')
  await testHubs(t, { directory })
  const files = await readdir(join(directory, hub))
  assert.deepEqual(files.sort(), ['0.log', '1.log', '2.log', '3.log', 'hub.json'])
})
