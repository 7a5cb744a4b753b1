import type { Listener } from './trigger.ts'

/** The two ways in which a listener ends: a drain lets what runs count, a stop does not. */
export class Ending {
  readonly #stopping = new AbortController()
  readonly #draining = new AbortController()

  /** Nothing is retried or checkpointed any more. */
  readonly stopped = this.#stopping.signal
  /** Nothing new is taken any more. */
  readonly begun = AbortSignal.any([this.#stopping.signal, this.#draining.signal])

  /** Of a listener whose work ends, once either is asked for, with this promise. */
  waysOut(ended: () => Promise<void>): Pick<Listener, 'drain' | 'stop'> {
    return {
      drain: () => {
        this.#draining.abort()
        return ended()
      },
      stop: () => {
        this.#stopping.abort()
        return ended()
      },
    }
  }
}
