import { BlobServiceClient } from '@azure/storage-blob'
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { json } from 'node:stream/consumers'
import { after, before, test, type TestContext } from 'node:test'
import { startStorage, type RunningStorage } from '../../../local/storage/server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { eventually, startTestHost, temporaryDirectory, type TestHost } from './support.ts'

interface Run {
  readonly name: string
  readonly retry?: { readonly retryCount: number }
  readonly timer: {
    readonly isPastDue: boolean
    readonly schedule: { readonly adjustForDST: boolean }
    readonly scheduleStatus: { readonly last: string; readonly next: string; readonly lastUpdated: string } | null
  }
}

let directory: string
let storage: RunningStorage
before(async () => {
  directory = await temporaryDirectory()
  storage = await startStorage({ directory, ports: { blob: 0, queue: 0, table: 0 } })
})
after(async () => {
  await storage.close()
  await rm(directory, { recursive: true })
})

let made = 0
/** Hosts of one id share their timers; without a name it is one of its own. */
const testHost = async (t: TestContext, timers: string, more: Record<string, string> = {}): Promise<TestHost> => {
  const host = await startTestHost('timer', {
    AzureWebJobsStorage: storage.connectionString,
    AzureFunctionsWebHost__hostid: `host-${(made += 1)}`,
    EVERY_SECOND: '* * * * * *',
    TIMERS: timers,
    ...more,
  })
  t.after(() => host.stop())
  return host
}

const runsOf = async (host: TestHost, name: string): Promise<Run[]> =>
  (await host.json<Run[]>('/api/runs')).filter((run) => run.name === name)

const ran = (host: TestHost, name: string, times: number): Promise<Run[]> =>
  eventually(
    `${times} runs of ${name}`,
    () => runsOf(host, name),
    ({ length }) => length >= times,
  )

const statusBlob = (hostId: string, timer: string) =>
  BlobServiceClient.fromConnectionString(storage.connectionString)
    .getContainerClient('azure-webjobs-hosts')
    .getBlockBlobClient(`timers/${hostId}/Host.Functions.${timer}/status`)

type Status = Record<'Last' | 'Next' | 'LastUpdated', string>

/** In one request: between two of them the host may write it. */
const statusOf = async (hostId: string, timer: string): Promise<Status> =>
  (await json((await statusBlob(hostId, timer).download()).readableStreamBody!)) as Status

test('a timer runs on its six-field schedule, taken from a setting; one due more than once a minute has no status', async (t) => {
  const host = await testHost(t, 'every-second', { AzureFunctionsWebHost__hostid: 'frequent' })
  const [first] = await ran(host, 'every-second', 2)
  assert.deepEqual(first!.timer, { isPastDue: false, schedule: { adjustForDST: true }, scheduleStatus: null })
  assert.equal(await statusBlob('frequent', 'every-second').exists(), false)
})

test('a timer runs on a time span too, which knows no daylight saving', async (t) => {
  const host = await testHost(t, 'span')
  const [first] = await ran(host, 'span', 2)
  assert.deepEqual(first!.timer.schedule, { adjustForDST: false })
})

test('a timer with runOnStartup runs at once, however far its schedule, and its status is in a blob', async (t) => {
  const host = await testHost(t, 'at-start', { AzureFunctionsWebHost__hostid: 'started' })
  const [run] = await ran(host, 'at-start', 1)
  assert.equal(run!.timer.isPastDue, false)
  assert.equal(run!.timer.scheduleStatus?.last, '0001-01-01T00:00:00')
  const saved = await eventually(
    'the status after the run',
    () => statusOf('started', 'at-start'),
    ({ Last }) => !Last.startsWith('0001'),
  )
  assert.equal(saved.LastUpdated, saved.Last)
  assert.match(saved.Next, /^\d{4}-01-01T00:00:00\.000\+00:00$/)
})

test('a run that was missed while no host was up is past due, once', async (t) => {
  const settings = { AzureFunctionsWebHost__hostid: 'missed' }
  const first = await testHost(t, 'hourly', settings)
  await eventually(
    'a status',
    () => statusBlob('missed', 'hourly').exists(),
    (isThere) => isThere,
  )
  await first.stop()
  // As if the host had been away since yesterday noon.
  const status = {
    Last: '2020-05-05T11:00:00+00:00',
    Next: '2020-05-05T12:00:00+00:00',
    LastUpdated: '2020-05-05T11:00:00+00:00',
  }
  await statusBlob('missed', 'hourly').uploadData(Buffer.from(JSON.stringify(status)))
  const second = await testHost(t, 'hourly', settings)
  const [run] = await ran(second, 'hourly', 1)
  assert.equal(run!.timer.isPastDue, true)
  assert.equal(run!.timer.scheduleStatus?.next, '2020-05-05T12:00:00.000+00:00')
  await eventually(
    'the status after the run',
    () => statusOf('missed', 'hourly'),
    ({ Last }) => !Last.startsWith('2020'),
  )
  await second.stop()
  const third = await testHost(t, 'hourly,span', settings)
  await ran(third, 'span', 2)
  assert.deepEqual(await runsOf(third, 'hourly'), [])
})

test('a status that another schedule has left makes nothing past due', async (t) => {
  const status = {
    Last: '2020-05-05T11:00:00+00:00',
    Next: '2020-05-05T11:07:00+00:00',
    LastUpdated: '2020-05-05T11:00:00+00:00',
  }
  const hosts = BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient(
    'azure-webjobs-hosts',
  )
  await hosts.createIfNotExists()
  await statusBlob('changed', 'hourly').uploadData(Buffer.from(JSON.stringify(status)))
  const host = await testHost(t, 'hourly,span', { AzureFunctionsWebHost__hostid: 'changed' })
  const saved = await eventually(
    'the status of the new schedule',
    () => statusOf('changed', 'hourly'),
    ({ Next }) => !Next.startsWith('2020'),
  )
  assert.match(saved.Last, /^0001-/)
  await ran(host, 'span', 2)
  assert.deepEqual(await runsOf(host, 'hourly'), [])
})

test('of two hosts one runs a timer; when it is killed the other goes on', async (t) => {
  const settings = { AzureFunctionsWebHost__hostid: 'shared' }
  const first = await testHost(t, 'every-second', settings)
  await ran(first, 'every-second', 1)
  const second = await testHost(t, 'every-second', settings)
  await ran(first, 'every-second', (await runsOf(first, 'every-second')).length + 3)
  assert.deepEqual(await runsOf(second, 'every-second'), [])
  first.kill()
  await ran(second, 'every-second', 1)
})

test('when the host that runs a timer ends in order, the other goes on', async (t) => {
  const settings = { AzureFunctionsWebHost__hostid: 'handed-over' }
  const first = await testHost(t, 'every-second', settings)
  await ran(first, 'every-second', 1)
  const second = await testHost(t, 'every-second', settings)
  await first.stop()
  await ran(second, 'every-second', 1)
})

test('a run that takes longer than its interval is never joined by a second one', async (t) => {
  const host = await testHost(t, 'long,every-second')
  await ran(host, 'long', 1)
  await ran(host, 'every-second', (await runsOf(host, 'every-second')).length + 3)
  assert.equal((await runsOf(host, 'long')).length, 1)
  await host.send('POST', '/api/release')
  await ran(host, 'long', 2)
  const names = (await host.json<Run[]>('/api/runs')).map(({ name }) => name).filter((name) => name.startsWith('long'))
  assert.deepEqual(names.slice(0, 3), ['long', 'long ended', 'long'])
  await host.send('POST', '/api/release')
})

test('a timer that is run by hand runs at once, as in Azure also while it runs', async (t) => {
  const host = await testHost(t, 'guarded')
  for (let i = 0; i < 2; i += 1) assert.equal((await host.send('POST', '/admin/functions/guarded', '{}')).status, 202)
  const [run] = await ran(host, 'guarded', 2)
  assert.equal(run!.timer.isPastDue, false)
})

test('a timer retries by its policy', async (t) => {
  const host = await testHost(t, 'failing')
  assert.deepEqual(
    (await ran(host, 'failing', 3)).map(({ retry }) => retry?.retryCount),
    [undefined, 1, 2],
  )
})

test('a host that starts before its storage runs its timers when it is there', async (t) => {
  const own = temporaryFolder()
  const early = await startStorage({ directory: own, ports: { blob: 0, queue: 0, table: 0 } })
  const { ports, connectionString } = early
  await early.close()
  const host = await testHost(t, 'every-second', { AzureWebJobsStorage: connectionString })
  const again = await startStorage({ directory: own, ports })
  t.after(() => again.close())
  await ran(host, 'every-second', 1)
})
