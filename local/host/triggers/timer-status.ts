/** When a timer ran last and is due next: kept in a blob, so that a run missed while no host was up is noticed. */
import { text } from 'node:stream/consumers'
import type { ContainerClient, RestError } from '@azure/storage-blob'
import type { TimerSchedule } from './timer-schedule.ts'

export interface TimerStatus {
  /** undefined: never. */
  readonly last: Date | undefined
  readonly next: Date
  readonly lastUpdated: Date
}

interface StatusDocument {
  readonly Last: string
  readonly Next: string
  readonly LastUpdated: string
}

/** How .NET writes a date that was never set. */
const never = '0001-01-01T00:00:00'

/**
 * What holds when a host begins to watch a timer, and whether a run was missed meanwhile. A status that another schedule
 * has left is replaced (azure-webjobs-sdk-extensions, ScheduleMonitor).
 */
export const openingStatus = (
  schedule: TimerSchedule,
  stored: TimerStatus | undefined,
  now: Date,
): { readonly status: TimerStatus; readonly isPastDue: boolean } => {
  const fresh: TimerStatus = { last: undefined, next: schedule.next(now), lastUpdated: now }
  if (stored === undefined) return { status: fresh, isPastDue: false }
  const expected = schedule.next(stored.last ?? stored.lastUpdated)
  const isSame = expected.getTime() === stored.next.getTime()
  if (!isSame && expected <= now) return { status: fresh, isPastDue: false }
  const status = isSame ? stored : { ...stored, last: undefined, next: expected }
  return { status, isPastDue: now > status.next }
}

export class TimerStatusStore {
  readonly #container: ContainerClient
  readonly #name: string

  /** `timers/{host}/Host.Functions.{function}/status`, as the extension names it. */
  constructor(container: ContainerClient, hostId: string, functionName: string) {
    this.#container = container
    this.#name = `timers/${hostId}/Host.Functions.${functionName}/status`
  }

  async read(): Promise<TimerStatus | undefined> {
    try {
      const { readableStreamBody } = await this.#container.getBlockBlobClient(this.#name).download()
      return readableStreamBody === undefined ? undefined : parse(await text(readableStreamBody))
    } catch (error) {
      if ((error as RestError).statusCode === 404) return undefined
      throw error
    }
  }

  async write(status: TimerStatus): Promise<void> {
    const content = JSON.stringify(statusDocument(status))
    await this.#container.getBlockBlobClient(this.#name).upload(content, Buffer.byteLength(content))
  }
}

/** As it stands in the blob, and as a function gets it. */
export const statusDocument = ({ last, next, lastUpdated }: TimerStatus): StatusDocument => ({
  Last: last === undefined ? never : dateText(last),
  Next: dateText(next),
  LastUpdated: dateText(lastUpdated),
})

/** .NET's way: an offset in place of Z. */
const dateText = (date: Date): string => date.toISOString().replace('Z', '+00:00')

/** A status that cannot be read counts as none: the timer starts anew. */
const parse = (content: string): TimerStatus | undefined => {
  try {
    const document = JSON.parse(content) as StatusDocument
    const [last, next, lastUpdated] = [document.Last, document.Next, document.LastUpdated].map((date) => new Date(date))
    if ([last, next, lastUpdated].some((date) => Number.isNaN(date!.getTime()))) return undefined
    return { last: document.Last.startsWith('0001-') ? undefined : last!, next: next!, lastUpdated: lastUpdated! }
  } catch {
    return undefined
  }
}
