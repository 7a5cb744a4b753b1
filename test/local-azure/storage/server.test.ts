import { BlobServiceClient } from '@azure/storage-blob'
import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { startStorage, type RunningStorage, type StorageOptions } from '../../../local/storage/server.ts'

const anyPorts = { blob: 0, queue: 0, table: 0 }

/** A folder with one storage at a time in it: the one before is closed first, the last one with the test. */
const storageFolder = async (t: TestContext) => {
  const directory = await mkdtemp(join(tmpdir(), 'local-storage-'))
  let running: RunningStorage | undefined
  const stop = async (): Promise<void> => {
    await running?.close()
    running = undefined
  }
  t.after(async () => {
    await stop()
    await rm(directory, { recursive: true, force: true })
  })
  return {
    directory,
    stop,
    start: async (options: Partial<StorageOptions> = {}): Promise<RunningStorage> => {
      await stop()
      running = await startStorage({ directory, ports: anyPorts, ...options })
      return running
    },
  }
}

const containerOf = (connectionString: string) =>
  BlobServiceClient.fromConnectionString(connectionString).getContainerClient('box')

const put = async (connectionString: string, name: string, text: string): Promise<void> => {
  await containerOf(connectionString).createIfNotExists()
  await containerOf(connectionString)
    .getBlockBlobClient(name)
    .upload(text, Buffer.byteLength(text), { metadata: { kind: 'note' } })
}

test('blobs survive an orderly restart, on the same ports', async (t) => {
  const { start } = await storageFolder(t)
  const first = await start()
  await put(first.connectionString, 'a', 'kept')
  const second = await start({ ports: first.ports })
  assert.equal(second.connectionString, first.connectionString)
  const blob = containerOf(second.connectionString).getBlobClient('a')
  assert.equal(String(await blob.downloadToBuffer()), 'kept')
  assert.deepEqual((await blob.getProperties()).metadata, { kind: 'note' })
})

test('the queue and table services answer where the connection string says', async (t) => {
  const storage = await (await storageFolder(t)).start()
  for (const service of ['Queue', 'Table']) {
    const endpoint = new RegExp(`${service}Endpoint=([^;]+);`).exec(storage.connectionString)?.[1]
    assert.match((await fetch(endpoint!)).headers.get('server') ?? '', new RegExp(`Azurite-${service}`))
  }
})

for (const [what, torn] of [
  ['cut short', '{"filename":"x","collections":[{"na'],
  ['empty', ''],
] as const) {
  test(`a catalogue that a kill left ${what} is put aside, said so, and the storage starts and works`, async (t) => {
    const { directory, start, stop } = await storageFolder(t)
    await put((await start()).connectionString, 'a', 'lost')
    await stop()
    const files = (await readdir(directory)).filter((name) => name.endsWith('.json'))
    assert.ok(files.length >= 3)
    for (const file of files) await writeFile(join(directory, file), torn)
    const notices: string[] = []
    const second = await start({ onNotice: (message) => notices.push(message) })
    assert.equal(notices.length, files.length)
    assert.match(notices.join('\n'), /__azurite_db_blob__\.json was cut short.*put aside and starts empty/)
    await put(second.connectionString, 'b', 'new')
    assert.equal(String(await containerOf(second.connectionString).getBlobClient('b').downloadToBuffer()), 'new')
  })
}

test('it does not start on a port that is taken, says which, and leaves none of the others listening', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  t.after(() => taken.close())
  const { start, stop } = await storageFolder(t)
  const free = await start()
  await stop()
  const ports = { ...free.ports, table: (taken.address() as AddressInfo).port }
  await assert.rejects(
    start({ ports }),
    new RegExp(`local storage \\(table\\) cannot listen on 127\\.0\\.0\\.1:${ports.table}`),
  )
  await assert.rejects(fetch(`http://127.0.0.1:${ports.blob}/`))
})
