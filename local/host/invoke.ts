/** One invocation, in the order that the Node worker keeps. */
import { randomUUID } from 'node:crypto'
import { longestTimeoutMs } from './pause.ts'
import type { Binding, LogLevel, RegisteredFunction, Registry } from './registry.ts'
import { timeSpanText } from './time-span.ts'

/** Data on its way to a function: one of these is set (FunctionRpc.proto, TypedData). */
export type TypedData =
  | { readonly string: string }
  | { readonly json: string }
  | { readonly bytes: Uint8Array }
  | { readonly http: object }
  | { readonly collectionBytes: { readonly bytes: readonly Uint8Array[] } }
  | { readonly collectionString: { readonly string: readonly string[] } }
  | { readonly collectionSint64: { readonly sint64: readonly number[] } }

export interface RetryContext {
  readonly retryCount: number
  readonly maxRetryCount: number
  readonly exception?: { readonly message: string; readonly stackTrace?: string }
}

export interface Invocation {
  /** Default: a new one. */
  readonly id?: string
  readonly data: TypedData
  readonly metadata?: Readonly<Record<string, TypedData>>
  readonly retry?: RetryContext
}

export type InvocationResult =
  | {
      readonly kind: 'success'
      readonly returnValue: unknown
      /** What the function returned itself, before it was put into `returnValue`'s shape; null where it returned nothing. */
      readonly result: unknown
    }
  | { readonly kind: 'failure'; readonly error: Error }

export interface InvocationSurroundings {
  readonly registry: Registry
  /** After it the invocation has failed; undefined: never. */
  readonly timeoutMs: number | undefined
  /** What an input binding, beside the trigger, brings along. */
  readonly inputOf: (binding: Binding) => TypedData
  readonly log: (level: LogLevel, functionName: string, message: string) => void
}

/** Runs a function once. Never rejects: what the function throws is the result. */
export const invoke = async (
  surroundings: InvocationSurroundings,
  fn: RegisteredFunction,
  invocation: Invocation,
): Promise<InvocationResult> => {
  const { timeoutMs, log } = surroundings
  const id = invocation.id ?? randomUUID()
  const failed = (thrown: unknown): InvocationResult => {
    const error = asError(thrown)
    log('error', fn.name, error.stack ?? error.message)
    return { kind: 'failure', error }
  }
  const running = run(surroundings, fn, invocation, id).catch(failed)
  if (timeoutMs === undefined) return running
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<InvocationResult>((resolve) => {
    timer = setTimeout(() => resolve(failed(timedOut(fn, id, timeoutMs))), Math.min(timeoutMs, longestTimeoutMs))
  })
  const result = await Promise.race([running, timeout])
  clearTimeout(timer)
  return result
}

const run = async (
  { registry, inputOf, log }: InvocationSurroundings,
  fn: RegisteredFunction,
  { data, metadata = {}, retry }: Invocation,
  invocationId: string,
): Promise<InvocationResult> => {
  const hookData = {}
  const { appHookData } = registry
  const current: { context?: object } = {}
  const core = {
    invocationId,
    request: {
      invocationId,
      functionId: fn.id,
      inputData: [
        { name: fn.trigger.name, data },
        ...inputsOf(fn).map(([name, binding]) => ({ name, data: inputOf(binding) })),
      ],
      triggerMetadata: metadata,
      ...(retry === undefined ? {} : { retryContext: retry }),
    },
    metadata: { name: fn.name, bindings: fn.bindings, directory: '', scriptFile: '' },
    state: undefined as string | undefined,
    log: (level: LogLevel, category: string, message: string) => {
      const { context } = current
      const origin = context === undefined ? undefined : { hookData, invocationContext: context }
      const entry = registry.throughLogHooks({ level, category, message }, origin)
      log(entry.level, fn.name, entry.message)
    },
  }
  /** By its phase the library knows what is logged too late. */
  const during = async <T>(state: string, work: () => Promise<T>): Promise<T> => {
    core.state = state
    try {
      return await work()
    } finally {
      core.state = undefined
    }
  }
  const model = registry.model.getInvocationModel(core)
  const { context, inputs } = await model.getArguments()
  current.context = context
  const before = { hookData, appHookData, invocationContext: context, functionCallback: fn.callback, inputs }
  await during('preInvocationHooks', () => registry.runHooks('preInvocation', before))
  const after = {
    hookData,
    appHookData,
    invocationContext: context,
    inputs: before.inputs,
    result: null as unknown,
    error: null as unknown,
  }
  try {
    after.result = await during('invocation', () =>
      model.invokeFunction(context, before.inputs, before.functionCallback),
    )
  } catch (error) {
    after.error = error
  }
  await during('postInvocationHooks', () => registry.runHooks('postInvocation', after))
  // Hooks may have replaced both.
  if (after.error !== undefined && after.error !== null) throw asError(after.error)
  const { returnValue } = await model.getResponse(context, after.result)
  return { kind: 'success', returnValue, result: after.result ?? null }
}

const inputsOf = (fn: RegisteredFunction): readonly (readonly [name: string, binding: Binding])[] =>
  Object.entries(fn.bindings).filter(([name, { direction }]) => direction === 'in' && name !== fn.trigger.name)

const timedOut = (fn: RegisteredFunction, invocationId: string, timeoutMs: number): Error =>
  new Error(
    `Timeout value of ${timeSpanText(timeoutMs)} exceeded by function ${fn.name} (invocation ${invocationId}). ` +
      'It has failed; its code runs on in the background, where Azure would start a new worker.',
  )

const asError = (thrown: unknown): Error => {
  if (thrown instanceof Error) return thrown
  if (thrown === undefined || thrown === null) return new Error('Unknown error')
  return new Error(typeof thrown === 'string' ? thrown : JSON.stringify(thrown))
}
