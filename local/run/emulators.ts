/** Event Hubs, Cosmos DB, storage and the lake on this machine, each a process of its own, with the hubs and containers that Millrace needs. */
import { join } from 'node:path'
import { archiveNameFormat, captureContainer } from '../../shared/contracts/capture.ts'
import { createContainers } from '../create-containers.ts'
import { createFileSystems } from '../create-file-systems.ts'
import type { CaptureOptions } from '../event-hubs/capture/options.ts'
import type { ManifestStream } from './manifest.ts'
import { Service, startOnFreePort } from './service.ts'

export interface EmulatorsOptions {
  /** Repository root: holds the services. */
  readonly root: string
  /** Where the services keep their data. */
  readonly directory: string
  readonly streams: readonly ManifestStream[]
  /**
   * Take any free ports, not the usual ones. For services that are killed on the way: while one is down, somebody else may
   * take a port that everybody wants.
   */
  readonly freePorts: boolean
  readonly say: (line: string) => void
  /** A process ended that should not have. */
  readonly onLost: (name: string) => void
}

/** Connection strings. */
export interface Connections {
  readonly eventHubs: string
  readonly cosmos: string
  readonly storage: string
  readonly lake: string
}

export interface Emulators extends Connections {
  readonly processes: Readonly<Record<'eventHubs' | 'cosmos' | 'storage' | 'lake', Service>>
  stop(): Promise<void>
}

const consumerGroups = ['millrace', 'repair']
/** The ports of the official emulators; the lake, which has none, is near that of storage. */
const usualPorts = { eventHubs: 5672, cosmos: 8081, blob: 10_000, queue: 10_001, table: 10_002, lake: 10_004 }
const freePorts = { eventHubs: 0, cosmos: 0, blob: 0, queue: 0, table: 0, lake: 0 }

/** On a failure nothing is left running. */
export const startEmulators = async (options: EmulatorsOptions): Promise<Emulators> => {
  const { directory, streams, say } = options
  const ports = options.freePorts ? freePorts : usualPorts
  const eventHubs = serviceOf('event-hubs', options)
  const cosmos = serviceOf('cosmos', options)
  const storage = serviceOf('storage', options)
  const lake = serviceOf('lake', options)
  const stop = async (): Promise<void> => {
    for (const each of [storage, cosmos, eventHubs, lake]) await each.stop()
  }
  try {
    const data = (name: string): string => join(directory, name)
    // First: the hubs are captured into it.
    await startOnFreePort(lake, ports.lake, (port) => ({ port, directory: data('lake') }), say)
    const lakeConnection = String(lake.ready['connectionString'])
    await createFileSystems(lakeConnection)
    await allOrNone([
      startOnFreePort(
        eventHubs,
        ports.eventHubs,
        (port) => ({
          port,
          directory: data('event-hubs'),
          hubs: streams.map(({ description }) => ({
            name: description.name,
            partitions: description.hub.partitions,
            consumerGroups,
            capture: captureTo(lakeConnection),
          })),
        }),
        say,
      ),
      startOnFreePort(cosmos, ports.cosmos, (port) => ({ port, directory: data('cosmos') }), say),
      startOnFreePort(
        storage,
        ports.blob,
        (port) => ({
          ports: port === 0 ? { blob: 0, queue: 0, table: 0 } : { blob: port, queue: ports.queue, table: ports.table },
          directory: data('storage'),
        }),
        say,
      ),
    ])
    const connections: Connections = {
      eventHubs: String(eventHubs.ready['connectionString']),
      cosmos: String(cosmos.ready['connectionString']),
      storage: String(storage.ready['connectionString']),
      lake: lakeConnection,
    }
    await createContainers(connections.cosmos)
    return { ...connections, processes: { eventHubs, cosmos, storage, lake }, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** As infra/modules/event-hubs.bicep has it, but for the interval: a short run is in the lake soon after its end. */
const captureTo = (connectionString: string): CaptureOptions => ({
  connectionString,
  container: captureContainer,
  archiveNameFormat,
  intervalSeconds: 5,
  sizeLimitBytes: 104_857_600,
  skipEmptyArchives: true,
})

/** A service of local/services, by name; what it says and that it is lost is passed on. */
export const serviceOf = (
  name: string,
  { root, say, onLost }: Pick<EmulatorsOptions, 'root' | 'say' | 'onLost'>,
): Service =>
  new Service({
    name,
    module: join(root, 'local', 'services', `${name}.ts`),
    onLine: (line) => {
      say(`${name}: ${line}`)
    },
    onLost: () => {
      onLost(name)
    },
  })

/** Waits for all even where one fails: only what has started can be stopped. */
const allOrNone = async (starting: readonly Promise<unknown>[]): Promise<void> => {
  await Promise.allSettled(starting)
  await Promise.all(starting)
}
