import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes of the buffers in this process that somebody still holds. */
export const bytesInUse = (): number => {
  // What one collection finds dead may be given back with the next only.
  for (let i = 0; i < 3; i += 1) collectGarbage()
  return process.memoryUsage().arrayBuffers
}
