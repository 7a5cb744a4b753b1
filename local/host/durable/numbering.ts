/** The numbers of what an orchestration schedules, held against those that stand in its history. */
import type { Happening, HistoryEvent } from './protocol.ts'
import { creationOf, creationText, isCreation, isSameCreation, type Scheduled } from './scheduled.ts'

export class NonDeterministicError extends Error {
  constructor(what: string) {
    super(`Non-Deterministic workflow detected: ${what}`)
  }
}

/** Why an orchestrator may do something else than before. */
export const usualCauses =
  "Was the orchestrator's code changed after this instance had started, does it use the time, chance, the environment or I/O " +
  'other than through its context, or has it yielded a task in flight again while others were retried?'

export class Numbering {
  /** What is new, in its order. */
  readonly scheduled: Scheduled[] = []
  readonly #created: ReadonlyMap<number, HistoryEvent>
  readonly #rewound: ReadonlySet<number>
  readonly #claimed = new Set<number>()
  #next = 0
  #isPast = false
  /** Something new was numbered at a moment of the past: the orchestrator has waited for a task without saying so. */
  #isEarly = false

  constructor(history: readonly HistoryEvent[]) {
    this.#created = new Map(history.filter(isCreation).map((event) => [event.EventId, event]))
    this.#rewound = new Set(history.flatMap(({ Rewound = [] }) => Rewound))
  }

  /** It is this event's moment from now on: one that an earlier episode has seen is of the past. */
  moveTo({ IsPlayed }: HistoryEvent): void {
    this.#isPast = IsPlayed
  }

  /** For what is yielded, or done without waiting. */
  take(): number {
    return this.#next++
  }

  /** For a retry or a poll, which goes on by itself. What was numbered too early would have come after it. */
  takeBehind(): number {
    if (!this.#isEarly) return this.take()
    throw new NonDeterministicError(
      'a task in flight was yielded again while retries or HTTP polls went on beside it. Azure would number what comes after ' +
        'it wrongly and mix up the results: wait for it within the first Task.all, or yield nothing twice.',
    )
  }

  /** The event under its number: the one in the history, or where there is none a new one. */
  create(scheduled: Scheduled): Happening {
    const wanted = creationOf(scheduled)
    const created = this.#created.get(scheduled.id)
    if (created === undefined) {
      this.scheduled.push(scheduled)
      if (this.#isPast && !this.#rewound.has(scheduled.id)) this.#isEarly = true
      return wanted
    }
    if (!isSameCreation(created, wanted)) {
      throw new NonDeterministicError(
        `number ${scheduled.id} was the ${creationText(created)} when it was scheduled, and is the ${creationText(wanted)} ` +
          `now. ${usualCauses}`,
      )
    }
    this.#claimed.add(scheduled.id)
    return created
  }

  /** Throws where the history has something that is not scheduled any more. */
  check(): void {
    for (const [id, event] of this.#created) {
      if (this.#claimed.has(id)) continue
      throw new NonDeterministicError(
        `number ${id}, the ${creationText(event)}, was scheduled before and is not any more. ${usualCauses}`,
      )
    }
  }
}
