/** Millrace's services on this machine, each a process of its own, and the settings that lead the app to them. */
import { join } from 'node:path'
import { PortTakenError, startChild, type Child } from '../child.ts'
import { createContainers } from '../create-containers.ts'
import type { ManifestStream } from './manifest.ts'

export interface ServicesOptions {
  /** Repository root: holds package.json and the built app. */
  readonly root: string
  /** Where the services keep their data. */
  readonly directory: string
  readonly streams: readonly ManifestStream[]
  /** App settings beside the connections. */
  readonly settings: Readonly<Record<string, string>>
  readonly say: (line: string) => void
  /** A process ended that should not have. */
  readonly onLost: (name: string) => void
}

export interface Services {
  readonly url: string
  /** Connection strings. */
  readonly eventHubs: string
  readonly cosmos: string
  /** Ends the host first, so that running batches are committed, then the rest. */
  stop(): Promise<void>
}

const consumerGroups = ['millrace', 'repair']
/** The ports of the official emulators and of Azure Functions Core Tools. */
const ports = { eventHubs: 5672, cosmos: 8081, blob: 10_000, queue: 10_001, table: 10_002, host: 7071 }

/** Starts everything, in the order in which it is needed. On a failure nothing is left running. */
export const startServices = async (options: ServicesOptions): Promise<Services> => {
  const children: Child[] = []
  let stopping = false
  const stop = async (): Promise<void> => {
    stopping = true
    for (const child of children.toReversed()) await child.stop()
  }
  /** On the usual port, or where that is taken on any free one. */
  const start = async (name: string, port: number, settingsOn: (port: number) => object): Promise<Ready> => {
    const module = join(options.root, 'local', 'services', `${name}.ts`)
    const attempt = async (settings: object): Promise<Ready> => {
      const child = await startChild(module, settings, {
        name,
        onLine: (line) => {
          options.say(`${name}: ${line}`)
        },
        onExit: () => {
          if (!stopping) options.onLost(name)
        },
      })
      children.push(child)
      return child.ready as Ready
    }
    try {
      return await attempt(settingsOn(port))
    } catch (error) {
      if (!(error instanceof PortTakenError)) throw error
      const ready = await attempt(settingsOn(0))
      const instead = ready['port'] ?? Object.values(ready['ports'] as object).join(', ')
      options.say(`Port ${port} is taken: ${name} listens on ${String(instead)} instead.`)
      return ready
    }
  }
  try {
    const data = (name: string): string => join(options.directory, name)
    const [eventHubs, cosmos, storage] = await allOrNone([
      start('event-hubs', ports.eventHubs, (port) => ({
        port,
        directory: data('event-hubs'),
        hubs: options.streams.map(({ description }) => ({
          name: description.name,
          partitions: description.hub.partitions,
          consumerGroups,
        })),
      })),
      start('cosmos', ports.cosmos, (port) => ({ port, directory: data('cosmos') })),
      start('storage', ports.blob, (port) => ({
        ports: port === 0 ? { blob: 0, queue: 0, table: 0 } : { blob: port, queue: ports.queue, table: ports.table },
        directory: data('storage'),
      })),
    ])
    await createContainers(String(cosmos['connectionString']))
    const host = await start('host', ports.host, (port) => ({
      appDirectory: options.root,
      port,
      settings: {
        EventHubConnection: eventHubs['connectionString'],
        CosmosConnection: cosmos['connectionString'],
        AzureWebJobsStorage: storage['connectionString'],
        ...options.settings,
      },
    }))
    return {
      url: String(host['url']),
      eventHubs: String(eventHubs['connectionString']),
      cosmos: String(cosmos['connectionString']),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

type Ready = Readonly<Record<string, unknown>>

/** Waits for all even where one fails: only what has started can be stopped. */
const allOrNone = async (starting: readonly [Promise<Ready>, Promise<Ready>, Promise<Ready>]) => {
  await Promise.allSettled(starting)
  return Promise.all(starting)
}
