import { ContainerClient, newPipeline, type RequestPolicy, type WebResource } from '@azure/storage-blob'
import type { EventData } from '@azure/event-hubs'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEventHubs } from '../../local/event-hubs/server.ts'
import { azureCapture, captureNamespace } from '../../shared/adapters/azure/capture.ts'
import { azureClients, repairGroup } from '../../shared/adapters/azure/clients.ts'
import { azureHub } from '../../shared/adapters/azure/hub.ts'
import { memoryCapture } from '../../shared/adapters/memory/capture.ts'
import { archiveNameFormat, captureContainer } from '../../shared/contracts/capture.ts'
import type { RawEvent } from '../../shared/contracts/raw-event.ts'
import { RetryableError, TerminalError } from '../../shared/errors.ts'
import { startLake, type Lake } from '../support/lake.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { writeCaptureFile } from '../support/write-capture-file.ts'
import { describeCapture } from './capture.ts'

const source = { namespace: 'contoso', hub: 'readings' }

describeCapture('memory', () => {
  const port = memoryCapture()
  return Promise.resolve({
    port,
    put: (partition, windowStart, events) => Promise.resolve(port.put(partition, windowStart, events)),
    close: () => Promise.resolve(),
  })
})

describeCapture('a lake', async () => {
  const lake = await startLake()
  return {
    port: azureCapture(lake.container, source),
    put: async (partition, windowStart, events) => {
      await writeCaptureFile(lake.container, { ...source, partition: Number(partition), windowStart }, events)
    },
    close: () => lake.stop(),
  }
})

const windowStart = Date.UTC(2026, 0, 2, 3, 4, 5)
const event = (sequence: number): RawEvent => ({
  body: Buffer.alloc(1_000, sequence),
  sequence,
  enqueuedAt: windowStart,
  properties: {},
})

suite('a lake that is not as it should be', () => {
  let lake: Lake
  let name: string
  let good: Buffer
  before(async () => {
    lake = await startLake()
    const events = Array.from({ length: 200 }, (_, i) => event(i))
    name = await writeCaptureFile(lake.container, { ...source, partition: 0, windowStart }, events)
    good = await lake.container.getBlobClient(name).downloadToBuffer()
  })
  after(() => lake.stop())

  const upload = (bytes: Buffer) => lake.container.getBlockBlobClient(name).upload(bytes, bytes.length)
  const readAll = () => Array.fromAsync(azureCapture(lake.container, source).read('0', { from: 0 }))
  const changed = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(good)
    change(bytes)
    return bytes
  }
  const firstRecord = () => good.indexOf(']}\0') + 3 + 16

  const defects: readonly (readonly [string, () => Buffer, string])[] = [
    ['cut short in a block', () => good.subarray(0, good.length - 1), 'it is cut short'],
    ['cut short in its header', () => good.subarray(0, 60), 'it is cut short'],
    ['empty', () => Buffer.alloc(0), 'it is cut short'],
    ['another format', () => Buffer.from('PAR1, or something else'), 'it does not begin as Avro files do'],
    [
      'another schema',
      () => changed((bytes) => bytes.write('Bdoy', bytes.indexOf('Body'))),
      'its schema is not that of Event Hubs Capture',
    ],
    [
      'compressed',
      () => changed((bytes) => bytes.write('zstd', bytes.indexOf('null'))),
      'it is compressed (zstd), which Capture does only where it is told to',
    ],
    [
      'with another mark',
      () => changed((bytes) => (bytes[bytes.length - 1]! ^= 1)),
      'a block does not end with the file’s mark',
    ],
    [
      'with another count',
      () => changed((bytes) => (bytes[firstRecord()]! ^= 2)),
      'a block does not hold the records that it counts',
    ],
    [
      'with another length',
      () => changed((bytes) => bytes.fill(0xff, firstRecord() + 2, firstRecord() + 12)),
      'it tells a length that cannot be',
    ],
    [
      'with a time of another format',
      () => changed((bytes) => bytes.write('?', bytes.indexOf('1/2/2026'))),
      'a record has an EnqueuedTimeUtc in another format than M/d/yyyy h:mm:ss AM',
    ],
  ]

  for (const [what, bytes, reason] of defects) {
    test(`a file that is ${what} is named, with what is wrong and the way out`, async () => {
      await upload(bytes())
      await assert.rejects(readAll(), (error: Error) => {
        assert.ok(error instanceof TerminalError)
        assert.equal(
          error.message,
          `Capture file contoso/readings/y=2026/m=01/d=02/h=03/04-05-p0.avro cannot be read: ${reason}. ` +
            'Restore it from an earlier version, or move it away: then its events are missing, and the others can be read.',
        )
        return true
      })
    })
  }

  test('a file is read whole again once it was restored', async () => {
    await upload(good)
    assert.equal((await readAll()).flat().length, 200)
  })

  test('a container that is not there is an error with a way out', async () => {
    const missing = new ContainerClient(lake.connectionString, 'missing')
    await assert.rejects(azureCapture(missing, source).capturedTo('0'), (error: Error) => {
      assert.ok(error instanceof TerminalError)
      assert.equal(
        error.message,
        'Looking for the last captured event of partition 0: storage answered ContainerNotFound. ' +
          'Create the container (deploy infra, or start locally).',
      )
      return true
    })
  })

  test('credentials that are refused are an error with a way out', async () => {
    const wrong = lake.connectionString.replace(/AccountKey=./, 'AccountKey=Z')
    await assert.rejects(azureCapture(new ContainerClient(wrong, 'raw'), source).capturedTo('0'), (error: Error) => {
      assert.ok(error instanceof TerminalError)
      assert.match(error.message, /Give the app identity its role on the lake, and let its network in\.$/)
      return true
    })
  })

  test('only folders near the event are listed', async () => {
    const hours = Array.from({ length: 48 }, (_, i) => windowStart + (i + 1) * 3_600_000)
    for (const [i, hour] of hours.entries()) {
      await writeCaptureFile(lake.container, { ...source, partition: 0, windowStart: hour }, [event(200 + i)])
    }
    const listed: string[] = []
    const pipeline = newPipeline(lake.container.credential)
    pipeline.factories.unshift({
      create: (next: RequestPolicy) => ({
        sendRequest: (request: WebResource) => {
          const query = new URL(request.url).searchParams
          if (query.get('comp') === 'list' && !query.has('delimiter')) listed.push(query.get('prefix')!)
          return next.sendRequest(request)
        },
      }),
    })
    const seen = new ContainerClient(lake.container.url, pipeline)
    const pages = azureCapture(seen, source).read('0', { from: 220, to: 221, enqueuedAt: hours[20]! })
    const sequences = (await Array.fromAsync(pages)).flat().map(({ sequence }) => sequence)
    assert.deepEqual(sequences, [220, 221])
    assert.deepEqual(listed, [
      'contoso/readings/y=2026/m=01/d=03/h=00/',
      'contoso/readings/y=2026/m=01/d=03/h=00/',
      'contoso/readings/y=2026/m=01/d=03/h=01/',
    ])
  })

  test('a lake that is away is worth another try', async () => {
    const { container } = lake
    await lake.stop()
    const impatient = new ContainerClient(lake.connectionString, container.containerName, {
      retryOptions: { maxTries: 1 },
    })
    await assert.rejects(azureCapture(impatient, source).capturedTo('0'), RetryableError)
    await lake.startAgain()
  })
})

test('capture delivers what the hub delivers, with times to the second', async (t) => {
  const lake = await startLake()
  const capture = {
    connectionString: lake.connectionString,
    container: captureContainer,
    archiveNameFormat,
    intervalSeconds: 1,
    sizeLimitBytes: 40_000,
    skipEmptyArchives: true,
  }
  const hubs = [{ name: 'readings', partitions: 1, consumerGroups: [repairGroup], capture }]
  const server = await startEventHubs({ port: 0, directory: temporaryFolder(), hubs })
  const eventHubs = { kind: 'connection string', value: server.connectionString } as const
  const clients = azureClients({
    eventHubs,
    cosmos: { kind: 'identity', endpoint: 'https://unused.documents.azure.com/' },
    lake: undefined,
    clientId: undefined,
  })
  t.after(async () => {
    await clients.close()
    await server.close()
    await lake.stop()
  })
  const { producer, consumer } = clients.hub('readings')
  for (let i = 0; i < 10; i += 1) {
    const events = Array.from({ length: 100 }, (_, j): EventData => ({
      body: [Buffer.alloc(j, j), { json: j }, 'text', null][j % 4],
      properties: { text: 'Zürich', whole: j, fraction: j + 0.5, nothing: null },
    }))
    await producer.sendBatch(events, i % 2 === 0 ? { partitionId: '0' } : { partitionKey: `key-${i}` })
  }
  const fromHub = (await Array.fromAsync(azureHub({ producer, consumer }).read('0', 0, 999))).flat()
  const port = azureCapture(lake.container, { namespace: captureNamespace(eventHubs), hub: 'readings' })
  while ((await port.capturedTo('0')) < 999) await sleep(100)
  const fromCapture = (await Array.fromAsync(port.read('0', { from: 0, enqueuedAt: fromHub[0]!.enqueuedAt }))).flat()
  const comparable = (event: RawEvent): object => ({ ...event, body: Buffer.from(event.body).toString('hex') })
  assert.deepEqual(
    fromCapture.map(comparable),
    fromHub.map((event) => comparable({ ...event, enqueuedAt: Math.floor(event.enqueuedAt / 1_000) * 1_000 })),
  )
})

test('the container and the format of names are those that infra deploys', () => {
  const infra = (file: string): string => readFileSync(join(import.meta.dirname, '..', '..', 'infra', file), 'utf8')
  assert.ok(infra('modules/event-hubs.bicep').includes(`archiveNameFormat: '${archiveNameFormat}'`))
  assert.ok(infra('main.bicep').includes(`captureContainerName = '${captureContainer}'`))
})

test('the namespace in names is the first label of the host, and the local one’s own name on this machine', () => {
  assert.equal(captureNamespace({ kind: 'identity', endpoint: 'contoso-eh.servicebus.windows.net' }), 'contoso-eh')
  const connection = (host: string) =>
    ({ kind: 'connection string', value: `Endpoint=sb://${host}/;SharedAccessKeyName=n;SharedAccessKey=k` }) as const
  assert.equal(captureNamespace(connection('contoso-eh.servicebus.windows.net')), 'contoso-eh')
  assert.equal(captureNamespace(connection('127.0.0.1:5672')), 'millrace-local')
  assert.equal(captureNamespace(connection('localhost')), 'millrace-local')
})
