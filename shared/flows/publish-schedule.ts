import type { CompiledRollup } from '../core/compiled-stream.ts'

/** A window that has changed, with the sequence that each partition is known to have reached in it. */
export interface ChangedWindow {
  readonly rollup: CompiledRollup
  readonly windowStart: number
  readonly hints: ReadonlyMap<string, number>
}

const leastIntervalMs = 1_000
const sharesOfWindow = 10

type WaitingWindow = ChangedWindow & { readonly hints: Map<string, number> }

/**
 * Which windows wait to be published. An open window is published at most every `max(1 s, every / 10)`. Kept in memory
 * only: what is forgotten in a crash is published when the window next changes, at the latest when it becomes final.
 */
export class PublishSchedule {
  readonly #waiting = new Map<string, WaitingWindow>()
  /** Of windows that no longer wait, and may again: when they were last taken out. */
  readonly #taken = new Map<string, { readonly window: ChangedWindow; readonly at: number }>()
  #frontier = -Infinity

  note(rollup: CompiledRollup, windowStart: number, partition: string, sequence: number): void {
    const key = `${rollup.id}:${windowStart}`
    const window = this.#waiting.get(key) ?? { rollup, windowStart, hints: new Map<string, number>() }
    if (this.#isPassed(window)) return
    window.hints.set(partition, Math.max(sequence, window.hints.get(partition) ?? -1))
    this.#waiting.set(key, window)
  }

  /**
   * Takes out `most` of the windows whose interval has passed, oldest change first. Those that fail to publish go back by
   * `restore`.
   */
  takeDue(now: number, most: number): ChangedWindow[] {
    const due: ChangedWindow[] = []
    for (const [key, window] of this.#waiting) {
      if (due.length === most) break
      const taken = this.#taken.get(key)
      if (taken !== undefined && now - taken.at < intervalMs(window.rollup)) continue
      this.#waiting.delete(key)
      this.#taken.set(key, { window, at: now })
      due.push(window)
    }
    return due
  }

  /**
   * Every partition has got to this event time; null: one of them has not begun. Windows that end by then are not published as
   * open ones any more: nothing changes them, and the move of the frontier finds them by itself.
   */
  pass(frontier: number | null): void {
    this.#frontier = frontier ?? -Infinity
    for (const [key, window] of this.#waiting) if (this.#isPassed(window)) this.#waiting.delete(key)
    for (const [key, { window }] of this.#taken) if (this.#isPassed(window)) this.#taken.delete(key)
  }

  restore(windows: readonly ChangedWindow[]): void {
    for (const { rollup, windowStart, hints } of windows) {
      this.#taken.delete(`${rollup.id}:${windowStart}`)
      for (const [partition, sequence] of hints) this.note(rollup, windowStart, partition, sequence)
    }
  }

  #isPassed({ rollup, windowStart }: ChangedWindow): boolean {
    return windowStart + rollup.everyMs <= this.#frontier
  }
}

const intervalMs = (rollup: CompiledRollup): number => Math.max(leastIntervalMs, rollup.everyMs / sharesOfWindow)
