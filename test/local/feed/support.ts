/** Hand-written logs and what the manifest says of the streams. */
import { readFileSync } from 'node:fs'
import type { FeedItem } from '../../../local/feed/feed-item.ts'
import type { LogEntry } from '../../../local/feed/hub-log.ts'
import { controlProperty, heartbeatValue } from '../../../shared/contracts/heartbeat.ts'
import type { StreamDescription } from '../../../shared/contracts/stream-definition.ts'

const manifest = JSON.parse(
  readFileSync(new URL('../../../shared/streams/manifest.json', import.meta.url), 'utf8'),
) as { readonly streams: readonly { readonly description: StreamDescription }[] }

export const descriptionOf = (stream: string): StreamDescription =>
  manifest.streams.find(({ description }) => description.name === stream)!.description

export const description = descriptionOf('clickstream')

export const noon = Date.UTC(2026, 0, 1, 12)
export const iso = (atMs: number): string => new Date(noon + atMs).toISOString()

export type Unnumbered = Omit<LogEntry, 'sequence'>

/** A page view that happened and arrived `at` ms after noon; `fields` replace its own. */
export const view = (id: string, at: number, fields: object = {}, arrivedAt = at): Unnumbered => ({
  enqueuedAt: noon + arrivedAt,
  properties: {},
  body: Buffer.from(
    JSON.stringify({
      source: 's',
      id,
      type: 'page_view',
      time: iso(at),
      userId: 'u',
      url: 'https://shop.example/',
      ...fields,
    }),
  ),
})

export const raw = (body: string | Uint8Array, arrivedAt: number): Unnumbered => ({
  enqueuedAt: noon + arrivedAt,
  properties: {},
  body: Buffer.from(body as Uint8Array),
})

export const heartbeat = (body: string, arrivedAt: number): Unnumbered => ({
  ...raw(body, arrivedAt),
  properties: { [controlProperty]: heartbeatValue },
})

export const numbered = (entries: readonly Unnumbered[]): LogEntry[] =>
  entries.map((entry, sequence) => ({ ...entry, sequence }))

/** The log that a hub would hold if every item arrived a little after its time. */
export const logOf = (items: Iterable<FeedItem>, partitions: number, startedAt = noon): LogEntry[][] => {
  const log = Array.from({ length: partitions }, (): LogEntry[] => [])
  for (const { partition, dueMs, body, properties } of items) {
    const entries = log[partition]!
    entries.push({ sequence: entries.length, enqueuedAt: startedAt + dueMs + 3, body, properties })
  }
  return log
}
