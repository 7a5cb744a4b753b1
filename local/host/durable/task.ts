/** A task of an orchestration as its replay sees it: open, completed or failed. */
import type { Happening } from './protocol.ts'

export type Outcome = 'completed' | 'failed'

/** What is done when a task settles: `event` is by which it did; none for what completes at once. */
export type OnSettled = (task: Task, event: Happening | undefined) => void

export class Task {
  state: 'open' | Outcome = 'open'
  readonly #onSettled: OnSettled

  constructor(onSettled: OnSettled) {
    this.#onSettled = onSettled
  }

  get isOpen(): boolean {
    return this.state === 'open'
  }

  /** Said again where it has settled before, as the SDK does with an event that is waited for twice. */
  settle(outcome: Outcome, event?: Happening): void {
    this.state = outcome
    this.#onSettled(this, event)
  }
}
