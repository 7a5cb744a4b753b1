/** Capture under kills: every event in exactly one file, whatever was cut short. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, beforeEach, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { blobDestination, type Destination } from '../../../local/event-hubs/capture/destination.ts'
import { PartitionCapture } from '../../../local/event-hubs/capture/partition-capture.ts'
import { PartitionLog } from '../../../local/event-hubs/partition-log.ts'
import { captureContainer } from '../../../shared/contracts/capture.ts'
import { startLake, type Lake } from '../../support/lake.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { capturedHubs, captureTo, filesOf, recordsWhenThere, sequencesOf } from './capture-support.ts'
import { killableHubs } from './killable.ts'
import { clientsOf, range } from './support.ts'

let lake: Lake
before(async () => {
  lake = await startLake()
})
after(() => lake.stop())
beforeEach(async () => {
  for await (const { name } of lake.container.listBlobsFlat()) await lake.container.deleteBlob(name)
})

/** Resolves right when a file has been written: before the hub notes it, or just after. */
const oneMoreFile = async (): Promise<void> => {
  const count = async () => (await Array.fromAsync(lake.container.listBlobsFlat())).length
  const before = await count()
  while ((await count()) === before);
}

for (const seed of [1, 2]) {
  test(`1,000 events, killed five times at moments by chance (seed ${seed}): each is in one file, once`, async (t) => {
    const moments = fc.sample(fc.nat({ max: 400 }), { seed, numRuns: 5 })
    const directory = temporaryFolder()
    // About 240 events a file, or fewer where the window ends before.
    const hubs = capturedHubs(captureTo(lake, { sizeLimitBytes: 50_000 }))
    for (const [life, moment] of moments.entries()) {
      const running = await killableHubs(t, directory, hubs)
      const { send } = clientsOf(running.connectionString)
      for (const batch of range(0, 9)) {
        const first = 200 * life + 20 * batch
        await send(range(first, first + 19).map((i) => ({ body: Buffer.alloc(100, String(i)) })))
      }
      if (life % 2 === 0) await sleep(moment)
      else await oneMoreFile()
      await running.kill()
    }
    await killableHubs(t, directory, hubs)
    const records = await recordsWhenThere(lake, 1_000)
    assert.deepEqual(sequencesOf(records), range(0, 999))
    for (const { SequenceNumber, Body } of records) {
      assert.equal(Buffer.from(Body!).toString(), Buffer.alloc(100, String(SequenceNumber)).toString())
    }
  })
}

/** A partition without events, and one capture after another of it. */
const partition = (t: TestContext) => {
  const directory = temporaryFolder()
  const log = new PartitionLog(join(directory, '0.log'), { recentBytes: 1_000_000 })
  t.after(() => log.close())
  let now = Date.now()
  const ending = { capture: new AbortController() }
  const open = (destination: Destination, intervalMs = 1_000): PartitionCapture =>
    new PartitionCapture({
      log,
      statePath: join(directory, '0.capture.json'),
      rule: { intervalMs, sizeLimitBytes: 1_000_000, skipEmpty: true },
      destination,
      nameOf: (windowStart) => `${new Date(windowStart).toISOString()}-p0.avro`,
      now: () => now,
      onFailure: () => ending.capture.abort(),
      onSuccess: () => ending.capture.abort(),
    })
  return {
    open,
    append: (texts: readonly string[]): void => {
      const messages = texts.map((text) => Buffer.from([0x00, 0x53, 0x75, 0xa0, text.length, ...Buffer.from(text)]))
      log.append(messages, { now, partitionKeys: texts.map(() => undefined) })
    },
    pass: (ms: number): void => {
      now += ms
    },
    /** Until one file is written, or was not. */
    captureOnce: async (destination: Destination, intervalMs?: number): Promise<void> => {
      ending.capture = new AbortController()
      await open(destination, intervalMs).run(ending.capture.signal)
    },
  }
}

test('a file that was written, but whose end was not noted, is written again: the same name, the same bytes', async (t) => {
  const { open, append, pass, captureOnce } = partition(t)
  const blobs = blobDestination(lake.connectionString, captureContainer)
  open(blobs)
  append(['a', 'b', 'c'])
  pass(1_000)
  await captureOnce({
    name: blobs.name,
    write: async (...file) => {
      await blobs.write(...file)
      throw new Error('The process is killed here.')
    },
  })
  const before = await lake.files()
  assert.equal(before.size, 1)
  // More comes, and other rules hold: the file that was begun stays as it was.
  append(['d', 'e'])
  pass(60_000)
  await captureOnce(blobs, 5_000)
  assert.deepEqual(await lake.files(), before)
  await captureOnce(blobs, 5_000)
  assert.deepEqual([...(await filesOf(lake)).values()].map(sequencesOf), [range(0, 2), range(3, 4)])
})
