/** A line between the host and Cosmos DB that sees what a replay writes, and tears at the moment at which the host is to die. */
import type { IncomingMessage } from 'node:http'
import { startHttpLine } from '../chaos/http-line.ts'
import { portOf, onPort } from '../chaos/lines.ts'
import type { Connections } from '../run/emulators.ts'

/** `slice`: a commit of a replay's shard. `publish`: a window of a replay's generation. */
export type Moment = 'slice' | 'publish'

export interface KillLine {
  /** What hosts are told instead. */
  readonly connections: Connections
  /** Resolves when a replay has written so many times, the last of which had its effect but gets no answer. */
  tornAt(moment: Moment, count: number): Promise<void>
  close(): Promise<void>
}

export const layKillLine = async (connections: Connections): Promise<KillLine> => {
  let waiting: { readonly moment: Moment; left: number; readonly reached: () => void } | undefined
  const line = await startHttpLine(portOf(connections.cosmos), (request) => {
    if (waiting === undefined || momentOf(request) !== waiting.moment) return { kind: 'none' }
    waiting.left -= 1
    if (waiting.left > 0) return { kind: 'none' }
    waiting.reached()
    waiting = undefined
    return { kind: 'tear', when: 'after' }
  })
  return {
    connections: { ...connections, cosmos: onPort(connections.cosmos, line.port) },
    tornAt: (moment, count) =>
      new Promise((resolve) => {
        waiting = { moment, left: count, reached: resolve }
      }),
    close: () => line.close(),
  }
}

/** A replay's id begins with its stream: `["telemetry:telemetry-2026…:0"]`, `["telemetry:telemetry-2026…:sites@1","2026-11-26"]`. */
const momentOf = ({ headers }: IncomingMessage): Moment | undefined => {
  if (headers['x-ms-cosmos-is-batch-request'] === undefined) return undefined
  const key = JSON.parse(String(headers['x-ms-documentdb-partitionkey'] ?? '[]')) as readonly unknown[]
  if (!/^(\w+):\1-/.test(String(key[0]))) return undefined
  return key.length === 1 ? 'slice' : 'publish'
}
