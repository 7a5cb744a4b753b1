import { formatInstant } from './time.ts'

/** `clickstream-20261126T013000Z-3f9a`: who reads it knows the stream and the time; it stands in ids of shards and series. */
export const newReplayId = (stream: string, now: number, chance: string): string =>
  `${stream}-${formatInstant(now).slice(0, 19).replaceAll(/[-:]/g, '')}Z-${chance}`

/** Whether an id is that of a replay of the stream. */
export const isReplayOf = (stream: string, id: string): boolean =>
  id.startsWith(`${stream}-`) && /^\d{8}T\d{6}Z-[0-9a-f]+$/.test(id.slice(stream.length + 1))
