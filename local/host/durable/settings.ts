/** `extensions.durableTask` of host.json (Durable Functions 3), as far as it means something here. */
import { availableParallelism } from 'node:os'
import { resolveText, type Settings } from '../settings.ts'

export interface DurableSettings {
  readonly hubName: string
  /** Of orchestrations that are started without one. */
  readonly defaultVersion: string
  readonly maxConcurrentActivityFunctions: number
  readonly maxConcurrentOrchestratorFunctions: number
  readonly maxConcurrentEntityFunctions: number
  readonly maxEntityOperationBatchSize: number
  /** Between two requests of a polled HTTP call that names no time itself. */
  readonly httpPollMs: number
}

/**
 * Of Azure's ways to store, scale, trace and notify: without effect on this machine. What would change the results of an
 * orchestration is not among them.
 */
const withoutEffect: ReadonlySet<string> = new Set([
  ...[
    'storageProvider',
    'tracing',
    'maxGrpcMessageSizeInBytes',
    'grpcHttpClientTimeout',
    'useAppLease',
    'appLeaseOptions',
  ],
  ...[
    'useGracefulShutdown',
    'localRpcEndpointEnabled',
    'extendedSessionsEnabled',
    'extendedSessionIdleTimeoutInSeconds',
  ],
  ...['entityMessageReorderWindowInMinutes', 'maxOrchestrationActions', 'throwStatusExceptionsOnRaiseEvent'],
])

const known: readonly string[] = [
  ...['hubName', 'defaultVersion', 'maxConcurrentActivityFunctions', 'maxConcurrentOrchestratorFunctions'],
  ...['maxConcurrentEntityFunctions', 'maxEntityOperationBatchSize', 'httpSettings'],
]

/** Values of Azure that hold here too; others are refused rather than passed over. */
const fixed: Readonly<Record<string, unknown>> = {
  overridableExistingInstanceStates: 'NonRunningStates',
  rollbackEntityOperationsOnExceptions: true,
  storeInputsInOrchestrationHistory: false,
  versionMatchStrategy: 'None',
  versionFailureStrategy: 'Reject',
}

const field = 'extensions.durableTask'

/** Adds what is wrong to `problems`. */
export const readDurableSettings = (
  section: Readonly<Record<string, unknown>>,
  settings: Settings,
  problems: string[],
): DurableSettings => {
  for (const [name, value] of Object.entries(section)) {
    if (known.includes(name) || withoutEffect.has(name)) continue
    if (!(name in fixed)) problems.push(`${field}.${name}: the local host does not know it`)
    else if (value !== fixed[name]) {
      problems.push(`${field}.${name}: the local host has only ${JSON.stringify(fixed[name])}`)
    }
  }
  const whole = (name: string, otherwise: number): number => {
    const value = section[name] ?? otherwise
    if (Number.isInteger(value) && (value as number) >= 1) return value as number
    problems.push(`${field}.${name}: expected a whole number of at least 1`)
    return otherwise
  }
  const http = (section['httpSettings'] ?? {}) as Readonly<Record<string, unknown>>
  const httpPollMs = http['defaultAsyncRequestSleepTimeMilliseconds'] ?? 30_000
  if (!Number.isInteger(httpPollMs) || (httpPollMs as number) < 1) {
    problems.push(
      `${field}.httpSettings.defaultAsyncRequestSleepTimeMilliseconds: expected a whole number of at least 1`,
    )
  }
  const concurrency = 10 * availableParallelism()
  const { defaultVersion = '' } = section
  if (typeof defaultVersion !== 'string') problems.push(`${field}.defaultVersion: expected a text`)
  return {
    hubName: readHubName(section['hubName'] ?? 'TestHubName', settings, problems),
    defaultVersion: String(defaultVersion),
    maxConcurrentActivityFunctions: whole('maxConcurrentActivityFunctions', concurrency),
    maxConcurrentOrchestratorFunctions: whole('maxConcurrentOrchestratorFunctions', concurrency),
    maxConcurrentEntityFunctions: whole('maxConcurrentEntityFunctions', concurrency),
    maxEntityOperationBatchSize: whole('maxEntityOperationBatchSize', 5_000),
    httpPollMs: Number(httpPollMs),
  }
}

const readHubName = (value: unknown, settings: Settings, problems: string[]): string => {
  const name = typeof value === 'string' ? resolveText(value, settings, `${field}.hubName`) : ''
  if (!/^[a-z][a-z0-9]{2,44}$/i.test(name)) {
    problems.push(`${field}.hubName: expected 3 to 45 letters and digits that begin with a letter`)
  }
  return name
}
