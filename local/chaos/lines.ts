/** The lines between the hosts and their services, on which a chaos run makes things go wrong. */
import type { IncomingMessage } from 'node:http'
import type { Random } from '../feed/random.ts'
import type { Connections } from '../run/emulators.ts'
import { startHttpLine, type HttpLine, type LineFault } from './http-line.ts'
import type { CosmosFault } from './schedule.ts'
import { startTcpLine, type TcpLine } from './tcp-line.ts'

export interface ChaosLines {
  /** What hosts are told instead. */
  readonly connections: Connections
  tearEventHubs(): void
  /** From now on this share of the requests to Cosmos DB fails; returns what ends it. */
  failCosmos(fault: CosmosFault, share: number): () => void
  /** From now on this share of the commits arrives so much later; returns what ends it. */
  delayCommits(delayMs: number, share: number): () => void
  close(): Promise<void>
}

export const layLines = async (connections: Connections, random: Random): Promise<ChaosLines> => {
  const disorders = new Set<Disorder>()
  const begin = (disorder: Disorder) => {
    disorders.add(disorder)
    return () => {
      disorders.delete(disorder)
    }
  }
  const decide = (request: IncomingMessage): LineFault =>
    [...disorders].find(({ hits, share }) => hits(request) && random.chance(share))?.fault ?? { kind: 'none' }
  const eventHubs: TcpLine = await startTcpLine(portOf(connections.eventHubs))
  const cosmos: HttpLine = await startHttpLine(portOf(connections.cosmos), decide)
  return {
    connections: {
      ...connections,
      eventHubs: onPort(connections.eventHubs, eventHubs.port),
      cosmos: onPort(connections.cosmos, cosmos.port),
    },
    tearEventHubs: () => {
      eventHubs.tear()
    },
    failCosmos: (fault, share) => begin({ hits: () => true, share, fault: lineFaults[fault] }),
    delayCommits: (ms, share) => begin({ hits: isCommit, share, fault: { kind: 'delay', ms } }),
    close: async () => {
      await Promise.all([eventHubs.close(), cosmos.close()])
    },
  }
}

interface Disorder {
  readonly hits: (request: IncomingMessage) => boolean
  readonly share: number
  readonly fault: LineFault
}

const isCommit = ({ headers }: IncomingMessage): boolean => headers['x-ms-cosmos-is-batch-request'] !== undefined

const answer = (status: number, code: string, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  headers,
  body: { code, message: 'The service is not itself for a while.' },
})

/** A throttled request was never carried out; after 408 and 503 nobody knows. */
const lineFaults: Readonly<Record<CosmosFault, LineFault>> = {
  '429': {
    kind: 'answer',
    when: 'before',
    substitute: answer(429, 'TooManyRequests', { 'x-ms-retry-after-ms': '20' }),
  },
  '503 before': { kind: 'answer', when: 'before', substitute: answer(503, 'ServiceUnavailable') },
  '503 after': { kind: 'answer', when: 'after', substitute: answer(503, 'ServiceUnavailable') },
  '408 after': { kind: 'answer', when: 'after', substitute: answer(408, 'RequestTimeout') },
  'torn before': { kind: 'tear', when: 'before' },
  'torn after': { kind: 'tear', when: 'after' },
}

const endpointPort = /(Endpoint=[a-z]+:\/\/[^:/;]+:)(\d+)/i

export const portOf = (connection: string): number => Number(endpointPort.exec(connection)![2])

export const onPort = (connection: string, port: number): string => connection.replace(endpointPort, `$1${port}`)
