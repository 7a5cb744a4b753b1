/** What the screen shows, gathered from one reading of the status after another. */
import type { InstanceMeasurements, StatusAnswer, StreamStatus } from '../../../shared/contracts/api.ts'
import { eventsPerSecond } from '../status-line.ts'
import type { Ranking } from './panels.ts'

export interface StreamView {
  readonly name: string
  readonly status: StreamStatus
  /** undefined before this host's first batch. */
  readonly measured: InstanceMeasurements | undefined
  /** Events a second, oldest first. */
  readonly rates: readonly number[]
}

export interface View {
  /** Since the run began. */
  readonly elapsedMs: number
  /** The status could not be read just now: what is shown is the last that could. */
  readonly stale: boolean
  readonly streams: readonly StreamView[]
  readonly rankings: readonly Ranking[]
}

export interface Reading {
  /** undefined: the host did not answer. */
  readonly status: StatusAnswer | undefined
  readonly rankings: readonly Ranking[]
  /** Epoch ms. */
  readonly at: number
}

const ratesKept = 240

/** Remembers what a view needs of the readings before. */
export class ViewHistory {
  readonly #names: readonly string[]
  readonly #startedAt: number
  readonly #rates = new Map<string, number[]>()
  #last: { readonly status: StatusAnswer; readonly at: number } | undefined

  constructor(names: readonly string[], startedAt: number) {
    this.#names = names
    this.#startedAt = startedAt
  }

  next({ status, rankings, at }: Reading): View {
    if (status !== undefined) {
      for (const name of this.#names) this.#note(name, status, at)
      this.#last = { status, at }
    }
    const shown = this.#last?.status
    return {
      elapsedMs: at - this.#startedAt,
      stale: status === undefined,
      rankings,
      streams: this.#names.flatMap((name) => {
        const stream = shown?.streams[name]
        if (stream === undefined) return []
        const measured = shown?.instance.streams[name]
        return [{ name, status: stream, measured, rates: this.#rates.get(name) ?? [] }]
      }),
    }
  }

  #note(name: string, status: StatusAnswer, at: number): void {
    if (this.#last === undefined) return
    const rates = this.#rates.get(name) ?? []
    this.#rates.set(name, rates)
    rates.push(eventsPerSecond(name, this.#last.status, status, (at - this.#last.at) / 1_000))
    if (rates.length > ratesKept) rates.shift()
  }
}
