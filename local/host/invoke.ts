/** One invocation, in the order that the Node worker keeps. */
import { randomUUID } from 'node:crypto'
import type { LogLevel, RegisteredFunction, Registry } from './registry.ts'

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
  readonly data: TypedData
  readonly metadata?: Readonly<Record<string, TypedData>>
  readonly retry?: RetryContext
}

export type InvocationResult =
  { readonly kind: 'success'; readonly returnValue: unknown } | { readonly kind: 'failure'; readonly error: Error }

export type InvocationLog = (level: LogLevel, functionName: string, invocationId: string, message: string) => void

/** Runs a function once. Never rejects: what the function throws is the result. */
export const invoke = async (
  registry: Registry,
  fn: RegisteredFunction,
  { data, metadata = {}, retry }: Invocation,
  log: InvocationLog,
): Promise<InvocationResult> => {
  const invocationId = randomUUID()
  const core = {
    invocationId,
    request: {
      invocationId,
      functionId: fn.id,
      inputData: [{ name: fn.trigger.name, data }],
      triggerMetadata: metadata,
      ...(retry === undefined ? {} : { retryContext: retry }),
    },
    metadata: { name: fn.name, bindings: fn.bindings, directory: '', scriptFile: '' },
    state: 'preInvocationHooks',
    log: (level: LogLevel, _category: string, message: string) => {
      log(level, fn.name, invocationId, message)
    },
  }
  const hookData = {}
  const appHookData = {}
  try {
    const model = registry.model.getInvocationModel(core)
    const { context, inputs } = await model.getArguments()
    const before = { hookData, appHookData, invocationContext: context, functionCallback: fn.callback, inputs }
    await registry.runHooks('preInvocation', before)
    core.state = 'invocation'
    const after = {
      hookData,
      appHookData,
      invocationContext: context,
      inputs: before.inputs,
      result: undefined as unknown,
      error: undefined as unknown,
    }
    try {
      after.result = await model.invokeFunction(context, before.inputs, before.functionCallback)
    } catch (error) {
      after.error = error
    }
    core.state = 'postInvocationHooks'
    await registry.runHooks('postInvocation', after)
    // Hooks may have replaced both.
    if (after.error !== undefined && after.error !== null) return failed(fn, invocationId, after.error, log)
    const response = await model.getResponse(context, after.result)
    return { kind: 'success', returnValue: response.returnValue }
  } catch (error) {
    return failed(fn, invocationId, error, log)
  }
}

const failed = (fn: RegisteredFunction, invocationId: string, error: unknown, log: InvocationLog): InvocationResult => {
  const failure = error instanceof Error ? error : new Error(String(error))
  log('error', fn.name, invocationId, failure.stack ?? failure.message)
  return { kind: 'failure', error: failure }
}
