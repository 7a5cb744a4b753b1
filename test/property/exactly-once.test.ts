import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Fault } from '../../shared/adapters/memory/faults.ts'
import type { RawEvent } from '../../shared/contracts/raw-event.ts'
import { RetryableError } from '../../shared/errors.ts'
import { partitionContents } from '../support/arbitrary-events.ts'
import { fill, ingestWorld } from '../support/ingest-world.ts'

type Contents = Omit<RawEvent, 'sequence'>[]

/** What one undisturbed instance makes of the partition, one batch. */
const expected = async (contents: Contents) => {
  const world = ingestWorld()
  await world.instance().ingest('0', fill(world, '0', contents))
  return world.contents('0')
}

/** Where a delivery begins, how long it is, and which instance gets it: cut and repeated at will. */
const deliveries = fc.array(
  fc.record({ from: fc.nat(59), length: fc.integer({ min: 1, max: 25 }), owner: fc.nat(2) }),
  {
    maxLength: 12,
    size: 'max',
  },
)

test('any batching, redelivery and interleaving of owners gives the same state', async () => {
  await fc.assert(
    fc.asyncProperty(partitionContents(60), deliveries, fc.boolean(), async (contents, plan, small) => {
      const world = ingestWorld(small ? { maxBytes: 9_000 } : {})
      const events = fill(world, '0', contents)
      const owners = [world.instance(), world.instance(), world.instance()]
      await Promise.all(
        owners.map(async ({ ingest }, owner) => {
          for (const { from, length } of plan.filter((delivery) => delivery.owner === owner)) {
            await ingest('0', events.slice(from, from + length))
          }
        }),
      )
      await owners[0]!.ingest('0', events)
      assert.deepEqual(world.contents('0'), await expected(contents))
    }),
    { numRuns: 150 },
  )
})

test('a failure at any call, before or after its effect, gives the same state', async () => {
  const faults = fc.array(fc.constantFrom<Fault>('fine', 'fine', 'fine', 'before', 'after'), {
    maxLength: 40,
    size: 'max',
  })
  await fc.assert(
    fc.asyncProperty(partitionContents(40), faults, fc.integer({ min: 1, max: 20 }), async (contents, plan, batch) => {
      const due = [...plan]
      const world = ingestWorld({ faults: () => due.shift() ?? 'fine' })
      const events = fill(world, '0', contents)
      let instance = world.instance()
      for (let from = 0; from < events.length; from += batch) {
        // As the host does: the same delivery again until it succeeds; every other time by a fresh process.
        for (let attempt = 0; ; attempt += 1) {
          try {
            await instance.ingest('0', events.slice(from, from + batch))
            break
          } catch (error) {
            assert.ok(error instanceof RetryableError, String(error))
            if (attempt % 2 === 1) instance = world.instance()
          }
        }
      }
      assert.deepEqual(world.contents('0'), await expected(contents))
    }),
    { numRuns: 150 },
  )
})

test('the ledger balances after every commit', async () => {
  await fc.assert(
    fc.asyncProperty(
      partitionContents(60),
      fc.integer({ min: 1, max: 15 }),
      fc.nat(20),
      async (contents, batch, trimmed) => {
        const world = ingestWorld()
        const events = fill(world, '0', contents)
        const { ingest } = world.instance()
        for (let from = 0; from < events.length; from += batch) {
          const delivered = events.slice(from, from + batch)
          // Now and then the trigger skips a batch, and the hub has dropped its beginning.
          if (from > 0 && from % (3 * batch) === 0) {
            world.hub.trim('0', Math.min(from + (trimmed % batch), events.length - 1))
            continue
          }
          await ingest('0', delivered)
          const progress = world.contents('0').progress!
          const { received, accepted, duplicate, late, filtered, dead, control, lost } = progress.ledger
          assert.equal(received, accepted + duplicate + late + filtered + dead + control)
          assert.equal(received + lost, progress.lastSequence - progress.firstSequence + 1)
        }
      },
    ),
    { numRuns: 150 },
  )
})
