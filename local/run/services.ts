/** Millrace's services on this machine, each a process of its own, and the settings that lead the app to them. */
import { join } from 'node:path'
import { startChild, type Child } from '../child.ts'
import { createContainers } from '../create-containers.ts'
import { freePort } from '../ports.ts'
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
  readonly eventHubs: string
  /** Ends the host first, so that running batches are committed, then the rest. */
  stop(): Promise<void>
}

const consumerGroups = ['millrace', 'repair']
/** The ports of the official emulators and of Azure Functions Core Tools. */
const preferred = { eventHubs: 5672, cosmos: 8081, blob: 10_000, queue: 10_001, table: 10_002, host: 7071 }

/** Starts everything, in the order in which it is needed. On a failure nothing is left running. */
export const startServices = async (options: ServicesOptions): Promise<Services> => {
  const children: Child[] = []
  let stopping = false
  const stop = async (): Promise<void> => {
    stopping = true
    for (const child of children.toReversed()) await child.stop()
  }
  const start = async (name: string, module: string, settings: object): Promise<Record<string, unknown>> => {
    const child = await startChild(join(options.root, 'local', module), settings, {
      name,
      onLine: (line) => options.say(`${name}: ${line}`),
      onExit: () => {
        if (!stopping) options.onLost(name)
      },
    })
    children.push(child)
    return child.ready as Record<string, unknown>
  }
  try {
    const port = await choosePorts(options.say)
    const data = (name: string): string => join(options.directory, name)
    const [eventHubs, cosmos, storage] = await Promise.all([
      start('event-hubs', 'services/event-hubs.ts', {
        port: port.eventHubs,
        directory: data('event-hubs'),
        hubs: options.streams.map(({ description }) => ({
          name: description.name,
          partitions: description.hub.partitions,
          consumerGroups,
        })),
      }),
      start('cosmos', 'services/cosmos.ts', { port: port.cosmos, directory: data('cosmos') }),
      start('storage', 'services/storage.ts', {
        ports: { blob: port.blob, queue: port.queue, table: port.table },
        directory: data('storage'),
      }),
    ])
    await createContainers(String(cosmos['connectionString']))
    const host = await start('host', 'services/host.ts', {
      appDirectory: options.root,
      port: port.host,
      settings: {
        EventHubConnection: eventHubs['connectionString'],
        CosmosConnection: cosmos['connectionString'],
        AzureWebJobsStorage: storage['connectionString'],
        ...options.settings,
      },
    })
    return { url: String(host['url']), eventHubs: String(eventHubs['connectionString']), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const choosePorts = async (say: (line: string) => void): Promise<typeof preferred> => {
  const chosen = { ...preferred }
  for (const [name, wanted] of Object.entries(preferred) as [keyof typeof preferred, number][]) {
    const { port, replaced } = await freePort(wanted)
    if (replaced) say(`Port ${wanted} is taken: ${name} listens on ${port} instead.`)
    chosen[name] = port
  }
  return chosen
}
