/** The parts of host.json that this host heeds, checked. */
import { join } from 'node:path'
import { readDurableSettings, type DurableSettings } from './durable/settings.ts'
import { withOverrides } from './host-json-overrides.ts'
import { readJsonFile } from './json-file.ts'
import type { RetryOptions } from './registry.ts'
import type { Settings } from './settings.ts'
import { timeSpanMs } from './time-span.ts'

export interface EventHubsSettings {
  readonly maxEventBatchSize: number
  readonly minEventBatchSize: number
  readonly maxWaitMs: number
  readonly prefetchCount: number
  readonly batchCheckpointFrequency: number
  /** Where a partition without a checkpoint starts. */
  readonly startFrom: StartPosition
}

export type StartPosition =
  { readonly type: 'fromStart' | 'fromEnd' } | { readonly type: 'fromEnqueuedTime'; readonly enqueuedTimeUtc: Date }

export interface HostJson {
  readonly routePrefix: string
  /** How long an invocation may take; undefined: without end. */
  readonly functionTimeoutMs: number | undefined
  readonly eventHubs: EventHubsSettings
  readonly durable: DurableSettings
  readonly retry: RetryOptions | undefined
}

/** That the extension allows. */
const longestWaitMs = 600_000
const defaultFunctionTimeout = '00:30:00'

/**
 * Reads host.json of the app; defaults are those of the Event Hubs extension 6 and the HTTP extension. App settings named
 * AzureFunctionsJobHost__<path> stand for values in it. Throws naming every wrong field.
 */
export const readHostJson = (directory: string, appSettings: Settings = {}): HostJson => {
  const file = join(directory, 'host.json')
  const root = withOverrides(readJsonFile(file), appSettings)
  const problems: string[] = []
  if (root['version'] !== '2.0') problems.push('version: expected "2.0"')
  const eventHubs = section(root, 'extensions', 'eventHubs')
  const whole = (name: string, otherwise: number, least: number): number => {
    const value = eventHubs[name] ?? otherwise
    if (Number.isInteger(value) && (value as number) >= least) return value as number
    problems.push(`extensions.eventHubs.${name}: expected a whole number of at least ${least}`)
    return otherwise
  }
  const wait = eventHubs['maxWaitTime'] ?? '00:01:00'
  const maxWaitMs = typeof wait === 'string' ? timeSpanMs(wait) : undefined
  if (maxWaitMs === undefined) problems.push('extensions.eventHubs.maxWaitTime: expected hh:mm:ss')
  if (maxWaitMs !== undefined && maxWaitMs > longestWaitMs)
    problems.push('extensions.eventHubs.maxWaitTime: expected at most 00:10:00')
  const maxEventBatchSize = whole('maxEventBatchSize', 100, 1)
  const minEventBatchSize = whole('minEventBatchSize', 1, 1)
  if (minEventBatchSize > maxEventBatchSize) {
    problems.push('extensions.eventHubs.minEventBatchSize: expected no more than maxEventBatchSize')
  }
  const startFrom = readStart(section(eventHubs, 'initialOffsetOptions'), problems)
  const prefix = section(root, 'extensions', 'http')['routePrefix'] ?? 'api'
  if (typeof prefix !== 'string') problems.push('extensions.http.routePrefix: expected a text')
  const settings: HostJson = {
    routePrefix: String(prefix),
    functionTimeoutMs: readTimeout(root['functionTimeout'] ?? defaultFunctionTimeout, problems),
    eventHubs: {
      maxEventBatchSize,
      minEventBatchSize,
      maxWaitMs: maxWaitMs ?? 60_000,
      prefetchCount: whole('prefetchCount', 300, 0),
      batchCheckpointFrequency: whole('batchCheckpointFrequency', 1, 1),
      startFrom,
    },
    durable: readDurableSettings(section(root, 'extensions', 'durableTask'), appSettings, problems),
    retry: root['retry'] === undefined ? undefined : readRetry(section(root, 'retry'), problems),
  }
  if (problems.length > 0) throw new Error(`${file} is not valid:\n  ${problems.join('\n  ')}`)
  return settings
}

const readStart = (options: Section, problems: string[]): StartPosition => {
  const { type = 'fromStart', enqueuedTimeUtc } = options
  if (type === 'fromStart' || type === 'fromEnd') return { type }
  const field = 'extensions.eventHubs.initialOffsetOptions'
  if (type !== 'fromEnqueuedTime') {
    problems.push(`${field}.type: expected fromStart, fromEnd or fromEnqueuedTime`)
    return { type: 'fromStart' }
  }
  const time = new Date(String(enqueuedTimeUtc))
  if (Number.isNaN(time.getTime())) {
    problems.push(`${field}.enqueuedTimeUtc: expected a date with time such as 2026-01-31T12:00:00Z`)
  }
  return { type, enqueuedTimeUtc: time }
}

const readTimeout = (value: unknown, problems: string[]): number | undefined => {
  if (value === '-1' || value === -1) return undefined
  const timeout = typeof value === 'string' ? timeSpanMs(value) : undefined
  if (timeout === undefined || timeout === 0) problems.push('functionTimeout: expected hh:mm:ss, or -1 for without end')
  return timeout
}

/** Times stand as hh:mm:ss here, and as seconds where a function has a policy of its own. */
const readRetry = (retry: Section, problems: string[]): RetryOptions => {
  const { strategy, maxRetryCount } = retry
  if (strategy !== 'fixedDelay' && strategy !== 'exponentialBackoff') {
    problems.push('retry.strategy: expected fixedDelay or exponentialBackoff')
  }
  if (!Number.isInteger(maxRetryCount) || (maxRetryCount as number) < -1) {
    problems.push('retry.maxRetryCount: expected a whole number, or -1 for without end')
  }
  const seconds = (name: string): { seconds: number } => {
    const value = retry[name]
    const milliseconds = typeof value === 'string' ? timeSpanMs(value) : undefined
    if (milliseconds === undefined) problems.push(`retry.${name}: expected hh:mm:ss`)
    return { seconds: (milliseconds ?? 0) / 1_000 }
  }
  const intervals =
    strategy === 'fixedDelay'
      ? { delayInterval: seconds('delayInterval') }
      : { minimumInterval: seconds('minimumInterval'), maximumInterval: seconds('maximumInterval') }
  return { strategy: String(strategy), maxRetryCount: Number(maxRetryCount), ...intervals }
}

type Section = Readonly<Record<string, unknown>>

const section = (of: Section, ...path: readonly string[]): Section =>
  path.reduce<Section>((parent, name) => (parent[name] as Section | undefined) ?? {}, of)
