import { createServer } from 'node:net'

const host = '127.0.0.1'

export interface ChosenPort {
  readonly port: number
  /** The preferred one is taken by somebody else. */
  readonly replaced: boolean
}

/** The preferred port of the loopback interface if nobody listens on it, else any free one. */
export const freePort = async (preferred: number): Promise<ChosenPort> => {
  const port = await tryListen(preferred)
  if (port !== undefined) return { port, replaced: false }
  const other = await tryListen(0)
  if (other === undefined) throw new Error('No free port is left on 127.0.0.1. Stop some programs and start again.')
  return { port: other, replaced: true }
}

const tryListen = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, host, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined))
    })
  })
