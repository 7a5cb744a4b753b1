import type { RawEvent } from '../contracts/raw-event.ts'
import { TerminalError } from '../errors.ts'
import type { Capture } from '../ports/capture.ts'
import type { Hub } from '../ports/hub.ts'

/** Sequences `from` to `to`, both inclusive, of one partition. */
export interface EventRange {
  readonly partition: string
  readonly from: number
  readonly to: number
  /** When `from` was enqueued at the earliest, epoch ms; undefined where that is not known. */
  readonly enqueuedAt: number | undefined
  /** ISO 8601: the hub that the sequences belong to. */
  readonly hubCreatedOn: string
}

/**
 * Events in sequence order, from the capture as far as it has them, else straight from the hub; what is left out is held by
 * nobody. Rejects with TerminalError where the hub is needed and another one has its name.
 */
export const replayEvents = ({ capture, hub }: { readonly capture: Capture | undefined; readonly hub: Hub }) =>
  async function* (range: EventRange): AsyncGenerator<readonly RawEvent[]> {
    const { partition, to, enqueuedAt } = range
    let next = range.from
    const captured = capture?.read(partition, {
      from: next,
      to,
      ...(enqueuedAt === undefined ? {} : { enqueuedAt }),
    })
    for await (const page of captured ?? []) {
      for (const events of withoutGaps(page)) {
        const [first, last] = [events[0]!.sequence, events.at(-1)!.sequence]
        if (first > next) yield* fromHub(hub, { ...range, from: next, to: first - 1 })
        yield events
        next = last + 1
      }
    }
    if (next <= to) yield* fromHub(hub, { ...range, from: next })
  }

/** A page may hold events of several files, and a file be lost between two others. */
const withoutGaps = (page: readonly RawEvent[]): (readonly RawEvent[])[] => {
  const starts = page.flatMap(({ sequence }, i) => (i === 0 || sequence > page[i - 1]!.sequence + 1 ? [i] : []))
  return starts.map((start, i) => page.slice(start, starts[i + 1]))
}

async function* fromHub(
  hub: Hub,
  { partition, from, to, hubCreatedOn }: EventRange,
): AsyncGenerator<readonly RawEvent[]> {
  const { createdOn } = await hub.properties()
  if (createdOn !== hubCreatedOn) {
    throw new TerminalError(
      `Sequences ${from} to ${to} of partition ${partition} are not captured, and the hub that had them, created on ${hubCreatedOn}, ` +
        `is gone: the one under its name was created on ${createdOn}. Restore their capture files, or replay another range.`,
    )
  }
  const { beginningSequence } = await hub.partition(partition)
  const held = Math.max(from, beginningSequence)
  if (held <= to) yield* hub.read(partition, held, to)
}
