/** Millrace's services on this machine, each a process of its own, and the settings that lead the app to them. */
import { join } from 'node:path'
import { createContainers } from '../create-containers.ts'
import type { ManifestStream } from './manifest.ts'
import { Service, startOnFreePort } from './service.ts'

export type AppSettings = Readonly<Record<string, string>>

export interface ServicesOptions {
  /** Repository root: holds the services. */
  readonly root: string
  /** Holds package.json, host.json and the built app. */
  readonly appDirectory: string
  /** Where the services keep their data. */
  readonly directory: string
  readonly streams: readonly ManifestStream[]
  /** App settings beside the connections. */
  readonly settings: AppSettings
  /**
   * Take any free ports, not the usual ones. For services that are killed on the way: while one is down, somebody else may
   * take a port that everybody wants.
   */
  readonly freePorts: boolean
  readonly say: (line: string) => void
  /** A process ended that should not have. */
  readonly onLost: (name: string) => void
  /** What hosts are told instead of the real connection strings, by setting. Default: those themselves. */
  readonly reroute?: (connections: Connections) => Promise<Connections>
}

/** Connection strings. */
export interface Connections {
  readonly eventHubs: string
  readonly cosmos: string
  readonly storage: string
}

export interface Services extends Connections {
  /** Of the first host. */
  readonly url: string
  readonly processes: Readonly<Record<'eventHubs' | 'cosmos' | 'storage' | 'host', Service>>
  /** Starts the first host again, once it was killed, in its place. `settings` are added to its app settings. */
  startHostAgain(settings: AppSettings): Promise<void>
  /** Another instance of the app, on a port of its own. */
  startHost(settings: AppSettings): Promise<Service>
  /** Ends the hosts first, so that running batches are committed, then the rest. */
  stop(): Promise<void>
}

const consumerGroups = ['millrace', 'repair']
/** The ports of the official emulators and of Azure Functions Core Tools. */
const usualPorts = { eventHubs: 5672, cosmos: 8081, blob: 10_000, queue: 10_001, table: 10_002, host: 7071 }
const freePorts = { eventHubs: 0, cosmos: 0, blob: 0, queue: 0, table: 0, host: 0 }

/** Starts everything, in the order in which it is needed. On a failure nothing is left running. */
export const startServices = async (options: ServicesOptions): Promise<Services> => {
  const services: Service[] = []
  const ports = options.freePorts ? freePorts : usualPorts
  const service = (name: string): Service => {
    const created = new Service({
      name,
      module: join(options.root, 'local', 'services', `${name}.ts`),
      onLine: (line) => {
        options.say(`${name}: ${line}`)
      },
      onLost: () => {
        options.onLost(name)
      },
    })
    services.push(created)
    return created
  }
  const stop = async (): Promise<void> => {
    for (const each of services.toReversed()) await each.stop()
  }
  try {
    const data = (name: string): string => join(options.directory, name)
    const eventHubs = service('event-hubs')
    const cosmos = service('cosmos')
    const storage = service('storage')
    await allOrNone([
      startOnFreePort(
        eventHubs,
        ports.eventHubs,
        (port) => ({
          port,
          directory: data('event-hubs'),
          hubs: options.streams.map(({ description }) => ({
            name: description.name,
            partitions: description.hub.partitions,
            consumerGroups,
          })),
        }),
        options.say,
      ),
      startOnFreePort(cosmos, ports.cosmos, (port) => ({ port, directory: data('cosmos') }), options.say),
      startOnFreePort(
        storage,
        ports.blob,
        (port) => ({
          ports: port === 0 ? { blob: 0, queue: 0, table: 0 } : { blob: port, queue: ports.queue, table: ports.table },
          directory: data('storage'),
        }),
        options.say,
      ),
    ])
    const connections: Connections = {
      eventHubs: String(eventHubs.ready['connectionString']),
      cosmos: String(cosmos.ready['connectionString']),
      storage: String(storage.ready['connectionString']),
    }
    await createContainers(connections.cosmos)
    const hosts = (await options.reroute?.(connections)) ?? connections
    const hostOptions = (port: number, settings: AppSettings = {}) => ({
      appDirectory: options.appDirectory,
      port,
      settings: {
        EventHubConnection: hosts.eventHubs,
        CosmosConnection: hosts.cosmos,
        AzureWebJobsStorage: hosts.storage,
        ...options.settings,
        ...settings,
      },
    })
    const host = service('host')
    await startOnFreePort(host, ports.host, hostOptions, options.say)
    return {
      ...connections,
      url: String(host.ready['url']),
      processes: { eventHubs, cosmos, storage, host },
      startHostAgain: (settings) => host.startAgain(hostOptions(Number(host.ready['port']), settings)),
      startHost: async (settings) => {
        const another = service('host')
        await another.startPatiently(hostOptions(0, settings))
        return another
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Waits for all even where one fails: only what has started can be stopped. */
const allOrNone = async (starting: readonly Promise<unknown>[]): Promise<void> => {
  await Promise.allSettled(starting)
  await Promise.all(starting)
}
