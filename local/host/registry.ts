/** What an app registers, and the `@azure/functions-core` module through which the library hands it over. */
import { createRequire } from 'node:module'

export type Binding = Readonly<Record<string, unknown>> & {
  readonly type: string
  readonly name: string
  readonly direction: string
}

export interface RetryOptions {
  readonly strategy?: string
  readonly retryStrategy?: string
  readonly maxRetryCount: number
  readonly delayInterval?: { readonly seconds?: number }
  readonly minimumInterval?: { readonly seconds?: number }
  readonly maximumInterval?: { readonly seconds?: number }
}

export interface RegisteredFunction {
  readonly id: string
  readonly name: string
  readonly trigger: Binding
  readonly bindings: Readonly<Record<string, Binding>>
  readonly retry: RetryOptions | undefined
  readonly callback: (...parameters: unknown[]) => unknown
}

export type HookName = 'preInvocation' | 'postInvocation' | 'appStart' | 'appTerminate' | 'log'
type Hook = (context: object) => unknown

export interface LogEntry {
  readonly level: LogLevel
  /** `user`: written by the app's own code; `system`: by the library or the host. */
  readonly category: string
  readonly message: string
}

/** Of the invocation that logs. */
export interface LogOrigin {
  readonly hookData: object
  readonly invocationContext: object
}

/** What the library gives the host to run functions with (the programming model of @azure/functions 4). */
export interface ProgrammingModel {
  readonly name: string
  readonly version: string
  getInvocationModel(context: object): InvocationModel
  getCapabilities?(capabilities: object): Promise<object> | object
}

export interface InvocationModel {
  getArguments(): Promise<{ context: object; inputs: unknown[] }>
  invokeFunction(context: object, inputs: unknown[], callback: unknown): Promise<unknown>
  getResponse(
    context: object,
    result: unknown,
  ): Promise<{ readonly returnValue?: unknown; readonly outputData?: readonly unknown[] }>
}

export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none'

/** Of the worker and host whose behaviour this one follows. */
const workerVersion = '3.16.1'
export const hostVersion = '4.1053.200'
const hookNames: readonly HookName[] = ['preInvocation', 'postInvocation', 'appStart', 'appTerminate', 'log']

export class Registry {
  readonly functions = new Map<string, RegisteredFunction>()
  /** Shared by all hooks of the app. */
  readonly appHookData = {}
  readonly #hooks = new Map<HookName, Hook[]>()
  readonly #log: (level: LogLevel, message: string) => void
  #model: ProgrammingModel | undefined
  #locked = false
  #isInLogHook = false

  constructor(log: (level: LogLevel, message: string) => void) {
    this.#log = log
  }

  get model(): ProgrammingModel {
    if (this.#model === undefined)
      throw new Error('The app registered no function: does its main file import @azure/functions?')
    return this.#model
  }

  /** After start-up nothing more may be registered. */
  lock(): void {
    this.#locked = true
  }

  async runHooks(name: Exclude<HookName, 'log'>, context: object): Promise<void> {
    for (const hook of this.#hooks.get(name) ?? []) await hook(context)
  }

  /** What the log hooks make of a line: they may change one of the app's own, not one of the system's. */
  throughLogHooks(entry: LogEntry, origin?: LogOrigin): LogEntry {
    const hooks = this.#hooks.get('log') ?? []
    // What a hook itself logs passes the hooks by: it would never end.
    if (hooks.length === 0 || this.#isInLogHook) return entry
    const context = { ...entry, hookData: {}, ...origin, appHookData: this.appHookData }
    this.#isInLogHook = true
    try {
      for (const hook of hooks) hook(context)
    } catch {
      // A broken hook keeps no line from being written.
      return entry
    } finally {
      this.#isInLogHook = false
    }
    return entry.category === 'user' ? { ...entry, level: context.level, message: context.message } : entry
  }

  /** The members of `@azure/functions-core` that the library uses. */
  coreModule(): object {
    return {
      version: workerVersion,
      hostVersion,
      registerFunction: (metadata: FunctionMetadata, callback: RegisteredFunction['callback']) =>
        this.#register(metadata, callback),
      setProgrammingModel: (model: ProgrammingModel) => {
        this.#model = model
      },
      getProgrammingModel: () => this.#model,
      registerHook: (name: HookName, hook: Hook) => this.#registerHook(name, hook),
      log: (level: LogLevel, category: string, message: string) => {
        const entry = this.throughLogHooks({ level, category, message })
        this.#log(entry.level, entry.message)
      },
      Disposable,
    }
  }

  #register(metadata: FunctionMetadata, callback: RegisteredFunction['callback']): Disposable {
    if (this.#locked) throw new Error('A function can only be registered during app startup.')
    const id = metadata.functionId ?? metadata.name
    if (this.functions.has(id)) throw new Error(`A function with the name "${metadata.name}" is already registered.`)
    const bindings = Object.entries(metadata.bindings)
    const found = bindings.find(([, binding]) => String(binding.type).toLowerCase().endsWith('trigger'))
    if (found === undefined) throw new Error(`Function ${metadata.name} has no trigger.`)
    this.functions.set(id, {
      id,
      name: metadata.name,
      trigger: { ...found[1], name: found[0] },
      bindings: metadata.bindings,
      retry: metadata.retryOptions,
      callback,
    })
    return new Disposable(() => {
      if (this.#locked) throw new Error('A function can only be disposed during app startup.')
      this.functions.delete(id)
    })
  }

  #registerHook(name: HookName, hook: Hook): Disposable {
    if (!hookNames.includes(name)) {
      throw Object.assign(new RangeError(`Unrecognized hook "${name}"`), { isAzureFunctionsSystemError: true })
    }
    const hooks = this.#hooks.get(name) ?? []
    this.#hooks.set(name, hooks)
    hooks.push(hook)
    return new Disposable(() => hooks.splice(hooks.indexOf(hook), 1))
  }
}

interface FunctionMetadata {
  readonly name: string
  readonly functionId?: string
  readonly bindings: Readonly<Record<string, Binding>>
  readonly retryOptions?: RetryOptions
}

class Disposable {
  readonly #dispose: () => unknown

  constructor(dispose: () => unknown) {
    this.#dispose = dispose
  }

  static from(...parts: readonly { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const part of parts) part.dispose()
    })
  }

  dispose(): void {
    this.#dispose()
  }
}

/**
 * Answers `require('@azure/functions-core')`, which is in no registry: the library, itself CommonJS, asks for it lazily and
 * goes into a test mode if it is not there. Must be in place before the app loads.
 */
export const provideCore = (registry: Registry): void => {
  const Module = createRequire(import.meta.url)('node:module') as { prototype: { require(id: string): unknown } }
  const original = Module.prototype.require
  const core = registry.coreModule()
  Module.prototype.require = function (this: unknown, id: string): unknown {
    return id === '@azure/functions-core' ? core : original.call(this as never, id)
  }
}
