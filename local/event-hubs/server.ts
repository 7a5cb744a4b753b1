/** The local Event Hubs: an AMQP 1.0 server that the Azure SDKs use as they use the cloud's. */
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import rhea from 'rhea'
import type { Connection, EventContext } from 'rhea'
import { localNamespace } from '../../shared/contracts/capture.ts'
import { listenAmqp, type Listener } from './amqp-listener.ts'
import { startCaptures, type Captures } from './capture/captures.ts'
import { Access } from './connection.ts'
import { Hub, type HubConfig } from './hub.ts'
import { IngressLimit } from './ingress-limit.ts'
import { Namespace } from './namespace.ts'
import { maxMessageBytes } from './producers.ts'
import { keepRules } from './session-rules.ts'
import { keyName } from './tokens.ts'

export type { HubConfig } from './hub.ts'

export interface EventHubsOptions {
  /** 0: any free one. */
  readonly port: number
  /** Where the hubs keep their events. */
  readonly directory: string
  readonly hubs: readonly HubConfig[]
  /** Of RootManageSharedAccessKey. Default: that of the official emulator. */
  readonly key?: string
  /**
   * Events come in at no more than this many throughput units allow, each 1 MB or 1,000 a second; what is more is refused as
   * server-busy. Default: no limit.
   */
  readonly throughputUnits?: number
  /** The idle timeout that the server announces, milliseconds; a client silent for twice as long is cut off. Default: 240,000. */
  readonly idleMs?: number
  /** The namespace's name in the names of capture files. Default: millrace-local. */
  readonly namespace?: string
  /** Told what goes on beside the clients: that Capture cannot write, and that it can again. */
  readonly onNotice?: (message: string) => void
}

export interface RunningEventHubs {
  readonly port: number
  /** Without EntityPath. */
  readonly connectionString: string
  close(): Promise<void>
}

const host = '127.0.0.1'
const emulatorKey = 'SAS_KEY_VALUE'
/** As Event Hubs announces it. */
const defaultIdleMs = 240_000

/** Starts the server. Rejects where an option is wrong, the port is taken or a hub's data does not fit its configuration. */
export const startEventHubs = async (options: EventHubsOptions): Promise<RunningEventHubs> => {
  const key = options.key ?? emulatorKey
  const now = (): number => Date.now()
  const limit = limitOf(options, now())
  const hubs = openHubs(options, now())
  const captures = captureHubs(hubs, options, now)
  const closeHubs = async (): Promise<void> => {
    await captures.close()
    for (const hub of hubs.values()) hub.close()
  }
  const namespace = new Namespace({ hubs, limit, now })
  const listener = await listen(containerOf(namespace), {
    port: options.port,
    idleMs: options.idleMs ?? defaultIdleMs,
    newAccess: () => new Access(key, now),
    onConnection: (connection, access) => {
      namespace.connected(connection, access)
    },
  }).catch(async (error: unknown) => {
    await closeHubs()
    throw error
  })
  const { port } = listener.server.address() as AddressInfo
  return {
    port,
    connectionString: `Endpoint=sb://${host}:${port};SharedAccessKeyName=${keyName};SharedAccessKey=${key};UseDevelopmentEmulator=true;`,
    close: async () => {
      namespace.closeAll()
      await listener.close()
      await closeHubs()
    },
  }
}

const limitOf = ({ throughputUnits: units }: EventHubsOptions, now: number): IngressLimit | undefined => {
  if (units === undefined) return undefined
  if (!(units > 0)) throw new Error(`throughputUnits: expected a number above 0, not ${units}.`)
  return new IngressLimit(units, now)
}

/** All or none. */
const openHubs = ({ directory, hubs }: EventHubsOptions, now: number): ReadonlyMap<string, Hub> => {
  const opened = new Map<string, Hub>()
  try {
    for (const config of hubs) {
      const name = config.name.toLowerCase()
      if (opened.has(name)) {
        throw new Error(`Hub ${config.name} is configured twice: names that differ in case alone are the same.`)
      }
      opened.set(name, new Hub(join(directory, config.name), config, now))
    }
    return opened
  } catch (error) {
    for (const hub of opened.values()) hub.close()
    throw error
  }
}

const captureHubs = (
  hubs: ReadonlyMap<string, Hub>,
  { namespace = localNamespace, onNotice = () => undefined }: EventHubsOptions,
  now: () => number,
): Captures => {
  try {
    return startCaptures(hubs.values(), { namespace, now, onNotice })
  } catch (error) {
    for (const hub of hubs.values()) hub.close()
    throw error
  }
}

/** What happens on connections, told to the namespace. */
const containerOf = (namespace: Namespace): rhea.Container => {
  const container = rhea.create_container({ id: 'millrace-event-hubs' })
  container.on('session_open', ({ session }: EventContext) => {
    keepRules(session!, { maxMessageBytes, onWindow: () => namespace.windowOpened(session!) })
  })
  container.on('session_close', ({ session }: EventContext) => {
    namespace.sessionClosed(session!)
  })
  container.on('receiver_open', ({ connection, receiver }: EventContext) => {
    namespace.producerOpened(connection, receiver!)
  })
  container.on('sender_open', ({ connection, sender }: EventContext) => {
    namespace.consumerOpened(connection, sender!)
  })
  container.on('message', (context: EventContext) => {
    namespace.received(context)
  })
  for (const event of ['sendable', 'sender_draining'] as const) {
    container.on(event, ({ sender }: EventContext) => {
      namespace.creditGiven(sender!)
    })
  }
  for (const outcome of ['accepted', 'released', 'rejected', 'modified'] as const) {
    container.on(outcome, ({ delivery }: EventContext) => {
      settleSecond(delivery as unknown as SentDelivery)
    })
  }
  for (const event of ['sender_close', 'sender_detached'] as const) {
    container.on(event, ({ sender }: EventContext) => {
      namespace.consumerClosed(sender!)
    })
  }
  for (const event of ['disconnected', 'connection_close'] as const) {
    container.on(event, ({ connection }: { readonly connection: Connection }) => {
      namespace.disconnected(connection)
    })
  }
  // A client that goes away in the middle of something is its own affair.
  for (const event of [
    'connection_error',
    'session_error',
    'sender_error',
    'receiver_error',
    'protocol_error',
    'error',
  ]) {
    container.on(event, () => undefined)
  }
  return container
}

interface SentDelivery {
  remote_settled: boolean
  readonly remote_state: { described(): unknown }
  update(settled: boolean, state: unknown): void
}

/** A consumer that settles second (part 2, section 2.6.12) waits for the server to settle an event first. */
const settleSecond = (delivery: SentDelivery): void => {
  if (delivery.remote_settled) return
  delivery.update(true, delivery.remote_state.described())
  delivery.remote_settled = true
}

type ListenerOptions = Pick<Parameters<typeof listenAmqp>[1], 'port' | 'idleMs' | 'newAccess' | 'onConnection'>

const listen = (container: rhea.Container, options: ListenerOptions): Promise<Listener> =>
  listenAmqp(container, {
    ...options,
    host,
    receiverOptions: { autoaccept: false, max_message_size: maxMessageBytes, credit_window: 300 },
  }).catch((cause: NodeJS.ErrnoException) => {
    const reason = cause.code === 'EADDRINUSE' ? 'the port is taken; choose another' : cause.message
    throw new Error(`The local Event Hubs cannot listen on ${host}:${options.port}: ${reason}.`, { cause })
  })
