/**
 * The embedded Azure Functions host: loads an unmodified app as the real one does and runs its triggers. One host a
 * process, because registration is global to the library.
 */
import { readHostJson } from './host-json.ts'
import { routesOf } from './http/routes.ts'
import { startHttp } from './http/server.ts'
import { invoke, type Invocation } from './invoke.ts'
import { loadApp } from './load-app.ts'
import { Registry, type LogLevel, type RegisteredFunction } from './registry.ts'
import { listenToCosmosDb } from './triggers/cosmos-db.ts'
import { listenToEventHub } from './triggers/event-hubs.ts'
import { listenToTimer } from './triggers/timer.ts'
import type { Listener, ListenerContext } from './triggers/trigger.ts'

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
  readonly log?: (line: HostLogLine) => void
}

export interface RunningHost {
  readonly port: number
  readonly url: string
  /** Stops listening; what runs may end. */
  close(): Promise<void>
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
  await loadApp(options.appDirectory, registry)
  const run = (fn: RegisteredFunction, invocation: Invocation) =>
    invoke(registry, fn, invocation, (level, name, _id, message) => {
      say(level, name, message)
    })

  const listeners = new Map<string, Listener>()
  const { server, port } = await startHttp(options.port, {
    routes: routesOf(registry.functions.values(), hostJson.routePrefix),
    functions: registry.functions,
    hostVersion: '4.1053.200',
    invoke: run,
    runByHand: (fn, input) => listeners.get(fn.id)?.run(input),
  })
  process.env['WEBSITE_HOSTNAME'] ??= `localhost:${port}`

  const close = async (): Promise<void> => {
    // Requests that run are answered; their connections, and idle ones, then close.
    const unserved = new Promise<void>((resolve) => server.close(() => resolve()))
    await Promise.all([...listeners.values()].map((listener) => listener.stop()))
    await unserved
    await registry.runHooks('appTerminate', { hookData: {}, appHookData: {} })
  }
  try {
    for (const fn of registry.functions.values()) {
      const listener = await listen({
        fn,
        settings: process.env,
        hostJson,
        invoke: (invocation) => run(fn, invocation),
        log: (level, message) => {
          say(level, fn.name, message)
        },
      })
      if (listener !== undefined) listeners.set(fn.id, listener)
    }
  } catch (error) {
    await close()
    throw error
  }
  return { port, url: `http://127.0.0.1:${port}`, close }
}

const listen = async (context: ListenerContext): Promise<Listener | undefined> => {
  const { type } = context.fn.trigger
  switch (type) {
    case 'httpTrigger':
      return undefined
    case 'timerTrigger':
      return listenToTimer(context)
    case 'eventHubTrigger':
      return listenToEventHub(context)
    case 'cosmosDBTrigger':
      return listenToCosmosDb(context)
    default:
      throw new Error(`Function ${context.fn.name}: the local host has no ${type}. See docs/local-differences.md.`)
  }
}
