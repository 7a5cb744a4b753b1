import type { CompiledRollup } from '../core/compiled-stream.ts'

/** A window that has changed, with the sequence that each partition is known to have reached in it. */
export interface ChangedWindow {
  readonly rollup: CompiledRollup
  readonly windowStart: number
  readonly hints: ReadonlyMap<string, number>
}

const leastIntervalMs = 1_000
const sharesOfWindow = 10

/**
 * Which windows wait to be published. An open window is published at most every `max(1 s, every / 10)`. Kept in memory
 * only: what is forgotten in a crash is published when the window next changes, at the latest when it becomes final.
 */
export class PublishSchedule {
  readonly #waiting = new Map<string, { rollup: CompiledRollup; windowStart: number; hints: Map<string, number> }>()
  readonly #publishedAt = new Map<string, number>()

  note(rollup: CompiledRollup, windowStart: number, partition: string, sequence: number): void {
    const key = `${rollup.id}:${windowStart}`
    const waiting = this.#waiting.get(key) ?? { rollup, windowStart, hints: new Map<string, number>() }
    waiting.hints.set(partition, Math.max(sequence, waiting.hints.get(partition) ?? -1))
    this.#waiting.set(key, waiting)
  }

  /** Takes out the windows whose interval has passed, oldest change first. Those that fail to publish go back by `restore`. */
  takeDue(now: number): ChangedWindow[] {
    const due: ChangedWindow[] = []
    for (const [key, waiting] of this.#waiting) {
      const publishedAt = this.#publishedAt.get(key)
      if (publishedAt !== undefined && now - publishedAt < intervalMs(waiting.rollup)) continue
      this.#waiting.delete(key)
      this.#publishedAt.set(key, now)
      due.push(waiting)
    }
    for (const [key, publishedAt] of this.#publishedAt) {
      if (now - publishedAt > 86_400_000) this.#publishedAt.delete(key)
    }
    return due
  }

  restore(windows: readonly ChangedWindow[]): void {
    for (const { rollup, windowStart, hints } of windows) {
      this.#publishedAt.delete(`${rollup.id}:${windowStart}`)
      for (const [partition, sequence] of hints) this.note(rollup, windowStart, partition, sequence)
    }
  }
}

const intervalMs = (rollup: CompiledRollup): number => Math.max(leastIntervalMs, rollup.everyMs / sharesOfWindow)
