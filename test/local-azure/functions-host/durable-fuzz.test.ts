import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../local/feed/random.ts'
import { eventsOf, randomProgram, wrongIn } from './durable-programs.ts'
import { startDurableHost, type DurableHost } from './durable-world.ts'

const seeds = Number(process.env['DURABLE_SEEDS'] ?? 500)
const firstSeed = Number(process.env['DURABLE_FIRST_SEED'] ?? 1)
const atOnce = 25

/** What is wrong with what came of a seed's program; undefined: nothing. */
const trySeed = async (host: DurableHost, seed: number): Promise<string | undefined> => {
  const program = randomProgram(seededRandom(seed))
  const id = await host.begin('program', { program, round: 1 }, `seed-${seed}`)
  for (const name of eventsOf(program)) {
    const { status } = await host.manage('POST', `/instances/${id}/raiseEvent/${name}`, name)
    // It may have ended without the event.
    assert.ok([202, 410].includes(status))
  }
  const { runtimeStatus, output } = await host.ended(id)
  return runtimeStatus === 'Completed' ? wrongIn(program, output) : `${runtimeStatus}: ${String(output)}`
}

test(`random orchestrations end with what they must: ${seeds} seeds`, { timeout: 240_000 }, async (t) => {
  const host = await startDurableHost()
  t.after(() => host.stop())
  const wrong: string[] = []
  let next = firstSeed
  const worker = async (): Promise<void> => {
    while (next < firstSeed + seeds) {
      const seed = next
      next += 1
      const problem = await trySeed(host, seed).catch(String)
      if (problem !== undefined) wrong.push(`seed ${seed}: ${problem}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  assert.deepEqual(wrong, [])
})
