/** Azurite's blob, queue and table servers in this process, on disk. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRequire } from 'node:module'
import { join } from 'node:path'

export interface StoragePorts {
  readonly blob: number
  readonly queue: number
  readonly table: number
}

export interface StorageOptions {
  readonly directory: string
  /** 0: any free one. */
  readonly ports: StoragePorts
  /** Told what was found broken on disk and put aside. */
  readonly onNotice?: (message: string) => void
}

export interface RunningStorage {
  readonly ports: StoragePorts
  readonly connectionString: string
  close(): Promise<void>
}

interface AzuriteServer {
  readonly httpServer: Server
  start(): Promise<void>
  close(): Promise<void>
  /** Closes the catalogues; `close` does so only for a server that listens. */
  afterClose(): Promise<void>
}

type Constructor<T> = new (...parameters: readonly unknown[]) => T

const host = '127.0.0.1'
/** Well known: Azurite's own account. It protects nothing and is no secret. */
const account = 'devstoreaccount1'
const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
const keepAliveSeconds = 5

/** Starts all three services. Rejects where a port is taken; none runs then. */
export const startStorage = async (options: StorageOptions): Promise<RunningStorage> => {
  mkdirSync(options.directory, { recursive: true })
  putAsideBroken(options)
  const started: AzuriteServer[] = []
  const close = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.close()))
  }
  const start = async (name: keyof StoragePorts, prefix: string): Promise<AzuriteServer> => {
    const server = await startService(name, prefix, options)
    started.push(server)
    return server
  }
  try {
    return running(await start('blob', 'Blob'), await start('queue', 'Queue'), await start('table', 'Table'), close)
  } catch (error) {
    await close()
    throw error
  }
}

const running = (
  blob: AzuriteServer,
  queue: AzuriteServer,
  table: AzuriteServer,
  close: () => Promise<void>,
): RunningStorage => {
  const ports = { blob: portOf(blob), queue: portOf(queue), table: portOf(table) }
  const endpoint = (port: number): string => `http://${host}:${port}/${account}`
  return {
    ports,
    connectionString:
      `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${accountKey};BlobEndpoint=${endpoint(ports.blob)};` +
      `QueueEndpoint=${endpoint(ports.queue)};TableEndpoint=${endpoint(ports.table)};`,
    close,
  }
}

const load = <T>(path: string): T =>
  (createRequire(import.meta.url)(`azurite/dist/src/${path}.js`) as { readonly default: T }).default

const startService = async (
  name: keyof StoragePorts,
  prefix: string,
  { directory, ports }: StorageOptions,
): Promise<AzuriteServer> => {
  const Configuration = load<Constructor<object>>(`${name}/${prefix}Configuration`)
  const AzuriteService = load<Constructor<AzuriteServer>>(`${name}/${prefix}Server`)
  const file = (kind: string): string => join(directory, `__azurite_db_${name}${kind}__.json`)
  const extents = [{ locationId: 'Default', locationPath: join(directory, `__${name}storage__`), maxConcurrency: 50 }]
  // The SDKs name API versions that this Azurite does not know yet; it serves them all the same when not checking.
  const skipApiVersionCheck = true
  const configuration =
    name === 'table'
      ? new Configuration(
          host,
          ports[name],
          keepAliveSeconds,
          file(''),
          false,
          false,
          undefined,
          undefined,
          false,
          skipApiVersionCheck,
        )
      : new Configuration(
          host,
          ports[name],
          keepAliveSeconds,
          file(''),
          file('_extent'),
          extents,
          false,
          undefined,
          false,
          undefined,
          false,
          skipApiVersionCheck,
        )
  const server = new AzuriteService(configuration)
  try {
    await server.start()
  } catch (cause) {
    await server.afterClose()
    throw new Error(
      `The local storage (${name}) cannot listen on ${host}:${ports[name]}: the port is taken, or the folder cannot be written.`,
      { cause },
    )
  }
  return server
}

const portOf = (server: AzuriteServer): number => (server.httpServer.address() as AddressInfo).port

/** Azurite saves its catalogue every few seconds: a kill can leave a torn file, with which it would not start. */
const putAsideBroken = ({ directory, onNotice }: StorageOptions): void => {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name)
    if (!/^__azurite_db_.*__\.json$/.test(name) || !existsSync(path) || isJson(path)) continue
    renameSync(path, `${path}.broken`)
    onNotice?.(`${name} was cut short, probably by a kill: it was put aside and starts empty.`)
  }
}

const isJson = (path: string): boolean => {
  try {
    JSON.parse(readFileSync(path, 'utf8'))
    return true
  } catch {
    return false
  }
}
