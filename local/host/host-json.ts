/** The parts of host.json that this host heeds, checked. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { withOverrides } from './host-json-overrides.ts'
import type { RetryOptions } from './registry.ts'
import type { Settings } from './settings.ts'

export interface EventHubsSettings {
  readonly maxEventBatchSize: number
  readonly minEventBatchSize: number
  readonly maxWaitMs: number
  readonly prefetchCount: number
  readonly batchCheckpointFrequency: number
  readonly startFrom: 'fromStart' | 'fromEnd'
}

export interface HostJson {
  readonly routePrefix: string
  readonly eventHubs: EventHubsSettings
  readonly retry: RetryOptions | undefined
}

/** That the extension allows. */
const longestWaitMs = 600_000

/**
 * Reads host.json of the app; defaults are those of the Event Hubs extension 6 and the HTTP extension. App settings named
 * AzureFunctionsJobHost__<path> stand for values in it. Throws naming every wrong field.
 */
export const readHostJson = (directory: string, appSettings: Settings = {}): HostJson => {
  const file = join(directory, 'host.json')
  const root = withOverrides(JSON.parse(readFileSync(file, 'utf8')) as Section, appSettings)
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
  const start = section(eventHubs, 'initialOffsetOptions')['type'] ?? 'fromStart'
  if (start !== 'fromStart' && start !== 'fromEnd') {
    problems.push('extensions.eventHubs.initialOffsetOptions.type: expected fromStart or fromEnd')
  }
  const prefix = section(root, 'extensions', 'http')['routePrefix'] ?? 'api'
  if (typeof prefix !== 'string') problems.push('extensions.http.routePrefix: expected a text')
  const settings: HostJson = {
    routePrefix: String(prefix),
    eventHubs: {
      maxEventBatchSize,
      minEventBatchSize,
      maxWaitMs: maxWaitMs ?? 60_000,
      prefetchCount: whole('prefetchCount', 300, 0),
      batchCheckpointFrequency: whole('batchCheckpointFrequency', 1, 1),
      startFrom: start === 'fromEnd' ? 'fromEnd' : 'fromStart',
    },
    retry: root['retry'] === undefined ? undefined : readRetry(section(root, 'retry'), problems),
  }
  if (problems.length > 0) throw new Error(`${file} is not valid:\n  ${problems.join('\n  ')}`)
  return settings
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

/** `hh:mm:ss` or `d.hh:mm:ss` to milliseconds. */
export const timeSpanMs = (text: string): number | undefined => {
  const match = /^(?:(\d+)\.)?(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,7}))?$/.exec(text)
  if (match === null) return undefined
  const [, days = '0', hours, minutes, seconds, fraction = '0'] = match
  const whole = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)
  return whole * 1_000 + Math.floor(Number(`0.${fraction}`) * 1_000)
}
