/** Millrace whole on this machine: the emulators, the host with the app, and the settings that lead the app to them. */
import { join } from 'node:path'
import { startEmulators, serviceOf, type Connections, type Emulators, type EmulatorsOptions } from './emulators.ts'
import { startOnFreePort, type Service } from './service.ts'

export type AppSettings = Readonly<Record<string, string>>

export interface ServicesOptions extends EmulatorsOptions {
  /** Holds package.json, host.json and the built app. */
  readonly appDirectory: string
  /** App settings beside the connections. */
  readonly settings: AppSettings
  /** What hosts are told instead of the real connection strings, by setting. Default: those themselves. */
  readonly reroute?: (connections: Connections) => Promise<Connections>
}

export interface Services extends Connections {
  /** Of the first host. */
  readonly url: string
  readonly processes: Emulators['processes'] & { readonly host: Service }
  /** Starts the first host again, once it was killed, in its place. `settings` are added to its app settings. */
  startHostAgain(settings: AppSettings): Promise<void>
  /** Another instance of the app, on a port of its own. */
  startHost(settings: AppSettings): Promise<Service>
  /** Ends the hosts first, so that running batches are committed, then the rest. */
  stop(): Promise<void>
}

/** Of Azure Functions Core Tools. */
const hostPort = 7071

/** Starts everything, in the order in which it is needed. On a failure nothing is left running. */
export const startServices = async (options: ServicesOptions): Promise<Services> => {
  const emulators = await startEmulators(options)
  const hosts: Service[] = []
  const newHost = (): Service => {
    const host = serviceOf('host', options)
    hosts.push(host)
    return host
  }
  const stop = async (): Promise<void> => {
    for (const host of hosts.toReversed()) await host.stop()
    await emulators.stop()
  }
  try {
    const connections = (await options.reroute?.(emulators)) ?? emulators
    const hostOptions = (port: number, settings: AppSettings = {}) => ({
      appDirectory: options.appDirectory,
      durableDirectory: join(options.directory, 'durable'),
      port,
      settings: { ...connectionSettings(connections), ...options.settings, ...settings },
    })
    const host = newHost()
    await startOnFreePort(host, options.freePorts ? 0 : hostPort, hostOptions, options.say)
    const { eventHubs, cosmos, storage, lake, processes } = emulators
    return {
      eventHubs,
      cosmos,
      storage,
      lake,
      url: String(host.ready['url']),
      processes: { ...processes, host },
      startHostAgain: (settings) => host.startAgain(hostOptions(Number(host.ready['port']), settings)),
      startHost: async (settings) => {
        const another = newHost()
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

/** The app settings that hold connection strings. */
export const connectionSettings = ({ eventHubs, cosmos, storage, lake }: Connections): AppSettings => ({
  EventHubConnection: eventHubs,
  CosmosConnection: cosmos,
  AzureWebJobsStorage: storage,
  LakeConnection: lake,
})
