/** Captures one partition for as long as its hub is open. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { PartitionLog } from '../partition-log.ts'
import { avroFile } from './avro-file.ts'
import { capturedEvent, type CapturedEvent } from './captured-event.ts'
import type { Destination } from './destination.ts'
import { readState, writeState, type CaptureState } from './position-file.ts'
import { dueCut, skipEmpty, wholeSecond, type Cut, type WindowRule } from './windows.ts'

export interface PartitionCaptureOptions {
  readonly log: PartitionLog
  /** Where its position is kept. */
  readonly statePath: string
  readonly rule: WindowRule
  readonly destination: Destination
  readonly nameOf: (windowStart: number) => string
  readonly now: () => number
  /** Told of each failure; what failed is tried again. */
  readonly onFailure: (error: unknown) => void
  readonly onSuccess: () => void
}

/** Events that are encoded before others have their turn. */
const sliceEvents = 200
/** How often it looks whether a file is due. */
const lookMs = 250
const firstPauseMs = 250
const longestPauseMs = 10_000

export class PartitionCapture {
  readonly #options: PartitionCaptureOptions
  #state: CaptureState

  /** Begins after the last event where nothing was captured before: Capture does not go back to what came without it. */
  constructor(options: PartitionCaptureOptions) {
    const { log, statePath, rule, now } = options
    const start: CaptureState = { next: log.last.sequence + 1, windowStart: wholeSecond(now()) }
    this.#options = options
    const found = readState(statePath) ?? start
    // While nobody served the hub no windows passed.
    this.#state = found.writing === undefined ? skipEmpty(found, log, rule.intervalMs, now()) : found
    writeState(statePath, this.#state)
  }

  /** Ends with `signal`; what is being written then is written again at the next start. */
  async run(signal: AbortSignal): Promise<void> {
    const { onFailure, onSuccess } = this.#options
    let pauseMs = firstPauseMs
    while (!signal.aborted) {
      try {
        const hasWritten = await this.#writeWhatIsDue(signal)
        if (hasWritten) onSuccess()
        pauseMs = firstPauseMs
        await pause(hasWritten ? 0 : lookMs, signal)
      } catch (error) {
        if (signal.aborted) return
        onFailure(error)
        await pause(pauseMs, signal)
        pauseMs = Math.min(2 * pauseMs, longestPauseMs)
      }
    }
  }

  /**
   * Where the file ends is on disk before it is written, and that it is written only afterwards. A kill in between has the same
   * file written again, under the same name.
   */
  async #writeWhatIsDue(signal: AbortSignal): Promise<boolean> {
    const { log, rule, destination, nameOf, now } = this.#options
    if (this.#state.writing === undefined) {
      const cut = dueCut(this.#state, log, rule, now())
      if (cut === undefined) return false
      this.#keep({ ...this.#state, writing: { ...cut, name: nameOf(cut.windowStart) } })
    }
    const { name, ...cut } = this.#state.writing!
    await destination.write(name, avroFile(name, slicesOf(log, cut)), signal)
    this.#keep(cut.then)
    return true
  }

  #keep(state: CaptureState): void {
    writeState(this.#options.statePath, state)
    this.#state = state
  }
}

/** Events of the cut, a slice at a time: between them the hub serves its clients. */
async function* slicesOf(log: PartitionLog, { from, to }: Cut): AsyncGenerator<CapturedEvent[], void, undefined> {
  for (let next = from; next < to;) {
    const slice = log.read(next, Math.min(sliceEvents, to - next)).map((message, i) => {
      const sequence = next + i
      return capturedEvent({
        sequence,
        offset: log.offsetOf(sequence),
        enqueuedAt: log.enqueuedAt(sequence),
        message,
      })
    })
    next += slice.length
    yield slice
    await nextTurn()
  }
}

const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}
