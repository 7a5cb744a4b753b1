/** Capture of all hubs that have it switched on. */
import { join } from 'node:path'
import type { Hub } from '../hub.ts'
import { archiveName } from './archive-name.ts'
import { blobDestination } from './destination.ts'
import type { CaptureOptions } from './options.ts'
import { PartitionCapture } from './partition-capture.ts'
import { forgetState } from './position-file.ts'

export interface CapturesOptions {
  /** In the names of files. */
  readonly namespace: string
  readonly now: () => number
  /** Told when files cannot be written, and when they can again: once each, not at every attempt. */
  readonly onNotice: (message: string) => void
}

export interface Captures {
  /** Resolves when nothing is read or written any more. */
  close(): Promise<void>
}

/** Throws where a partition's position cannot be read or kept; nothing runs then. */
export const startCaptures = (hubs: Iterable<Hub>, options: CapturesOptions): Captures => {
  const failures = new Failures(options.onNotice)
  const captures = [...hubs].flatMap((hub) => {
    if (hub.config.capture !== undefined) return partitionCaptures(hub, hub.config.capture, failures, options)
    // What comes while it is off is not captured later.
    for (const partition of hub.partitions.keys()) forgetState(statePath(hub, partition))
    return []
  })
  const ending = new AbortController()
  const running = captures.map((capture) => capture.run(ending.signal))
  return {
    close: async () => {
      ending.abort()
      await Promise.all(running)
    },
  }
}

const statePath = (hub: Hub, partition: number): string => join(hub.directory, `${partition}.capture.json`)

const partitionCaptures = (
  hub: Hub,
  capture: CaptureOptions,
  failures: Failures,
  { namespace, now }: CapturesOptions,
): PartitionCapture[] => {
  const { intervalSeconds, sizeLimitBytes, skipEmptyArchives: skipEmpty } = capture
  const destination = blobDestination(capture.connectionString, capture.container)
  return hub.partitions.map((log, partition) => {
    const key = `${hub.config.name}/${partition}`
    return new PartitionCapture({
      log,
      statePath: statePath(hub, partition),
      rule: { intervalMs: intervalSeconds * 1_000, sizeLimitBytes, skipEmpty },
      destination,
      nameOf: (windowStart) =>
        archiveName(capture.archiveNameFormat, { namespace, hub: hub.config.name, partition, windowStart }),
      now,
      onFailure: (error) => {
        failures.add(key, destination.name, error)
      },
      onSuccess: () => {
        failures.remove(key)
      },
    })
  })
}

/** Partitions whose files cannot be written now: the first is news, and the end of the last. */
class Failures {
  readonly #partitions = new Set<string>()
  readonly #say: (message: string) => void

  constructor(say: (message: string) => void) {
    this.#say = say
  }

  add(partition: string, destination: string, error: unknown): void {
    if (this.#partitions.size === 0) {
      this.#say(
        `Capture cannot write to ${destination}: ${reasonOf(error)}. Events stay in their hub; it tries again until they are captured.`,
      )
    }
    this.#partitions.add(partition)
  }

  remove(partition: string): void {
    if (this.#partitions.delete(partition) && this.#partitions.size === 0) this.#say('Capture goes on.')
  }
}

/** The SDK puts the whole answer of the service into its message; its code says it shorter. */
const reasonOf = (error: unknown): string => {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
  return typeof code === 'string' ? code : String(message ?? error)
}
