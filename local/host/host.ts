/**
 * The embedded Azure Functions host: loads an unmodified app as the real one does and runs its triggers. One host a
 * process, because registration is global to the library.
 */
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { checkFunction, checkNames } from './check-function.ts'
import { startDurable, type Durable } from './durable/durable.ts'
import { durableKindOf, usesDurable } from './durable/functions.ts'
import { readHostJson } from './host-json.ts'
import type { DrainState } from './http/admin.ts'
import type { AccessKeys } from './http/keys.ts'
import { routesOf } from './http/routes.ts'
import { startHttp } from './http/server.ts'
import { invoke, type Invocation } from './invoke.ts'
import { loadApp } from './load-app.ts'
import { hostVersion, Registry, type LogLevel, type RegisteredFunction } from './registry.ts'
import { listenToCosmosDb } from './triggers/cosmos-db.ts'
import { listenToEventHub } from './triggers/event-hubs.ts'
import { listenToTimer } from './triggers/timer.ts'
import { messageOf, type Listen, type Listener } from './triggers/trigger.ts'

export interface HostLogLine {
  readonly level: LogLevel
  /** Empty for the host itself. */
  readonly functionName: string
  readonly message: string
}

export interface HostOptions {
  /** Holds package.json, host.json and the built app. */
  readonly appDirectory: string
  /** 0: any free one. */
  readonly port: number
  /** App settings: put into the environment before the app loads. */
  readonly settings: Readonly<Record<string, string>>
  /** Keeps what durable functions do; hosts of one app share it. Needed where the app has such functions. */
  readonly durableDirectory?: string
  /** Who may call what; default: everybody everything, as with `func start`. */
  readonly keys?: AccessKeys
  readonly log?: (line: HostLogLine) => void
}

export interface RunningHost {
  readonly port: number
  readonly url: string
  /** Takes no new events; what runs may end. Then it stops listening, and requests that run are answered. */
  close(): Promise<void>
}

/** By the type of the trigger; one for HTTP needs no listener. */
const triggers: Readonly<Record<string, Listen>> = {
  timerTrigger: listenToTimer,
  eventHubTrigger: listenToEventHub,
  cosmosDBTrigger: listenToCosmosDb,
}

/** Starts the host. Rejects naming what is wrong with the app, its settings or its bindings. */
export const startHost = async (options: HostOptions): Promise<RunningHost> => {
  const say = (level: LogLevel, functionName: string, message: string): void => {
    options.log?.({ level, functionName, message })
  }
  Object.assign(process.env, options.settings, { AZURE_FUNCTIONS_ENVIRONMENT: 'Development' })
  const hostJson = readHostJson(options.appDirectory, process.env)
  const registry = new Registry((level, message) => {
    say(level, '', message)
  })
  const { streamUri } = await loadApp(options.appDirectory, registry)
  checkNames(registry.functions.values())
  const functions = [...registry.functions.values()].map((fn) => checkFunction(fn, process.env))
  let durable: Durable | undefined
  const surroundings = {
    ...{ registry, timeoutMs: hostJson.functionTimeoutMs, log: say },
    inputOf: () => ({ string: durable!.clientInput }),
  }
  const run = (fn: RegisteredFunction, invocation: Invocation) => invoke(surroundings, fn, invocation)

  const listeners = new Map<string, Listener>()
  const draining = new Draining(() => [...listeners.values(), ...(durable === undefined ? [] : [durable])])
  const { server, port } = await startHttp(options.port, {
    routes: routesOf(functions, hostJson.routePrefix),
    keys: options.keys,
    durable: () => durable,
    streamUri,
    invoke: run,
    admin: {
      functions,
      hostVersion,
      runByHand: (fn, input) =>
        durableKindOf(fn) === 'activity'
          ? run(fn, { data: { string: input ?? '' } })
          : listeners.get(fn.id)?.run(input),
      drain: () => {
        draining.start()
      },
      drainState: () => draining.state,
    },
  })
  const url = `http://127.0.0.1:${port}`
  process.env['WEBSITE_HOSTNAME'] ??= `localhost:${port}`

  const close = async (): Promise<void> => {
    // What runs may still call its durable clients, which come in over HTTP.
    const stopped = await Promise.allSettled([
      ...[...listeners.values()].map((listener) => listener.stop()),
      durable?.stop(),
    ])
    // Requests that run are answered; their connections, and idle ones, then close.
    await new Promise<void>((closed) => server.close(() => closed()))
    durable?.close()
    const terminated = await Promise.allSettled([
      registry.runHooks('appTerminate', { hookData: {}, appHookData: registry.appHookData }),
    ])
    for (const end of [...stopped, ...terminated]) {
      if (end.status === 'rejected') say('error', '', `The host has not ended cleanly: ${messageOf(end.reason)}`)
    }
  }
  try {
    if (usesDurable(functions)) {
      durable = startDurable({
        ...{ url, functions, keys: options.keys, directory: durableDirectoryOf(options), settings: hostJson.durable },
        invoke: run,
        log: (level, message) => {
          say(level, '', message)
        },
      })
    }
    const hostId = hostIdOf(options.appDirectory)
    for (const fn of functions) {
      const listen = listenFor(fn)
      if (listen === undefined) continue
      const listener = await listen({
        ...{ fn, settings: process.env, hostJson, hostId },
        invoke: (invocation) => run(fn, invocation),
        log: (level, message) => {
          say(level, fn.name, message)
        },
      })
      listeners.set(fn.id, listener)
    }
  } catch (error) {
    await close()
    throw error
  }
  return { port, url, close }
}

const listenFor = (fn: RegisteredFunction): Listen | undefined => {
  const { type } = fn.trigger
  if (type === 'httpTrigger' || durableKindOf(fn) !== undefined) return undefined
  const listen = triggers[type]
  if (listen !== undefined) return listen
  throw new Error(`Function ${fn.name}: the local host has no ${type}. See docs/local-differences.md.`)
}

const durableDirectoryOf = ({ durableDirectory }: HostOptions): string => {
  if (durableDirectory !== undefined) return durableDirectory
  throw new Error(
    'The app has durable functions, and the host has no place to keep what they do: expected the option durableDirectory.',
  )
}

/** Hosts of the same app share what they keep in storage: as in Azure the setting names them, or where the app is. */
const hostIdOf = (appDirectory: string): string =>
  process.env['AzureFunctionsWebHost__hostid'] ??
  `local-${createHash('sha256').update(resolve(appDirectory)).digest('hex').slice(0, 16)}`

/** Nothing new is taken; what runs ends and is checkpointed. HTTP goes on being served. */
class Draining {
  readonly #listeners: () => readonly Pick<Listener, 'drain'>[]
  #state: DrainState = 'Disabled'

  constructor(listeners: () => readonly Pick<Listener, 'drain'>[]) {
    this.#listeners = listeners
  }

  get state(): DrainState {
    return this.#state
  }

  start(): void {
    if (this.#state !== 'Disabled') return
    this.#state = 'InProgress'
    const drained = this.#listeners().map((listener) => listener.drain())
    void Promise.allSettled(drained).then(() => {
      this.#state = 'Completed'
    })
  }
}
