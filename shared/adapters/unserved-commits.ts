/** Commits whose windows wait to be served: how long they wait is known when a window is published. */

export interface UnservedCommit {
  readonly partition: number
  readonly sequence: number
  /** From when the wait counts, epoch ms. */
  readonly since: number
}

/** Commits remembered until their windows are served; beyond, the oldest are not measured. */
const mostRemembered = 100_000

export class UnservedCommits {
  readonly #byWindow = new Map<string, UnservedCommit[]>()
  #remembered = 0

  remember(window: string, commit: UnservedCommit): void {
    const waiting = this.#byWindow.get(window) ?? []
    this.#byWindow.set(window, waiting)
    waiting.push(commit)
    this.#remembered += 1
    if (this.#remembered <= mostRemembered) return
    const [oldest, dropped] = this.#byWindow.entries().next().value!
    this.#byWindow.delete(oldest)
    this.#remembered -= dropped.length
  }

  /** How long each commit has waited that a publication up to `vector` serves, in ms. Those are forgotten. */
  serve(window: string, vector: readonly number[], now: number): number[] {
    const waiting = this.#byWindow.get(window) ?? []
    const isServed = ({ partition, sequence }: UnservedCommit): boolean => sequence <= (vector[partition] ?? -1)
    const left = waiting.filter((commit) => !isServed(commit))
    this.#remembered -= waiting.length - left.length
    if (left.length > 0) this.#byWindow.set(window, left)
    else this.#byWindow.delete(window)
    return waiting.filter(isServed).map(({ since }) => Math.max(0, now - since))
  }
}
