/** Bytes of heap that the fold allocates an event, beside JSON.parse: measured while no collection runs. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { batchesOf, batchSize, benchedStreams } from './events.ts'
import { foldBatches, parseBatches } from './fold.ts'

const batches = 8

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const allocated = (work: () => number): number => {
  collect()
  const before = process.memoryUsage().heapUsed
  if (work() === 0) throw new Error('Nothing was done: there is nothing to measure.')
  return (process.memoryUsage().heapUsed - before) / (batches * batchSize)
}

/** By stream. */
export const measureAllocation = () =>
  Object.fromEntries(
    benchedStreams.map(({ stream, population }) => {
      const events = batchesOf(population(), batches)
      // Code that has not been compiled yet allocates for the compiler, too.
      for (let round = 0; round < 3; round += 1) foldBatches(stream, events)
      const foldBytes = allocated(() => foldBatches(stream, events))
      const parseBytes = allocated(() => parseBatches(events))
      return [stream.name, { foldBytes, parseBytes, ratio: foldBytes / parseBytes }]
    }),
  )
