/** Nanoseconds an event from bytes to chunk, beside JSON.parse of the same buffers in the same run. */
import { batchesOf, batchSize, benchedStreams } from './events.ts'
import { foldBatches, parseBatches } from './fold.ts'

const batches = 24
const rounds = 21
const warmUp = 4

const timed = (work: () => number): number => {
  const startedAt = process.hrtime.bigint()
  if (work() === 0) throw new Error('Nothing was done: there is nothing to measure.')
  return Number(process.hrtime.bigint() - startedAt) / (batches * batchSize)
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

/** By stream. Rounds of both alternate, so that what else the machine does falls on both; the ratio is the rounds' median. */
export const measureTime = () =>
  Object.fromEntries(
    benchedStreams.map(({ stream, population }) => {
      const events = batchesOf(population(), batches)
      const measured = Array.from({ length: rounds + warmUp }, () => {
        const parse = timed(() => parseBatches(events))
        const fold = timed(() => foldBatches(stream, events))
        return { parse, fold, ratio: fold / parse }
      }).slice(warmUp)
      const of = (name: 'parse' | 'fold' | 'ratio'): number => median(measured.map((round) => round[name]))
      return [stream.name, { foldNs: of('fold'), parseNs: of('parse'), ratio: of('ratio') }]
    }),
  )
