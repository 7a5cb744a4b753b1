/** One Event Hub on disk: its partitions and what it says of itself. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkCaptureOptions, type CaptureOptions } from './capture/options.ts'
import { partitionOfKey } from './partition-key.ts'
import { PartitionLog } from './partition-log.ts'

export interface HubConfig {
  readonly name: string
  readonly partitions: number
  /** Beside `$Default`. */
  readonly consumerGroups: readonly string[]
  /** Writes all that comes to storage. Default: off. */
  readonly capture?: CaptureOptions | undefined
}

/** Of a hub in the Standard tier. */
const mostPartitions = 32
/** Of the latest events, kept in memory for consumers that keep up; all partitions together. */
const recentBytesOfHub = 67_108_864

export class Hub {
  readonly directory: string
  readonly config: HubConfig
  readonly createdAt: number
  readonly partitions: readonly PartitionLog[]
  #next = 0

  /** Opens the hub in this folder or makes it. Throws where its configuration is wrong, or if it was made with another number of partitions. */
  constructor(directory: string, config: HubConfig, now: number) {
    const { name, partitions } = config
    if (!Number.isInteger(partitions) || partitions < 1 || partitions > mostPartitions) {
      throw new Error(
        `Hub ${name}: expected a whole number of partitions from 1 to ${mostPartitions}, not ${partitions}.`,
      )
    }
    if (config.capture !== undefined) checkCaptureOptions(name, config.capture)
    mkdirSync(directory, { recursive: true })
    const file = join(directory, 'hub.json')
    if (!existsSync(file)) {
      // Under another name first: a kill must not leave half of it.
      writeFileSync(`${file}.new`, JSON.stringify({ createdAt: now, partitions: config.partitions }))
      renameSync(`${file}.new`, file)
    }
    const made = JSON.parse(readFileSync(file, 'utf8')) as { createdAt: number; partitions: number }
    if (made.partitions !== config.partitions) {
      throw new Error(
        `Hub ${config.name} was made with ${made.partitions} partitions and is now configured with ${config.partitions}: ` +
          'the number is fixed for the life of a hub. Restore it, or delete the hub.',
      )
    }
    this.directory = directory
    this.config = config
    this.createdAt = made.createdAt
    const recentBytes = Math.floor(recentBytesOfHub / partitions)
    this.partitions = Array.from(
      { length: partitions },
      (_, i) => new PartitionLog(join(directory, `${i}.log`), { recentBytes }),
    )
  }

  hasConsumerGroup(name: string): boolean {
    return ['$default', ...this.config.consumerGroups.map((group) => group.toLowerCase())].includes(name.toLowerCase())
  }

  /** Where an event without a partition of its own goes: by key, else in turn. */
  partitionFor(key: string | undefined): PartitionLog {
    if (key !== undefined) return this.partitions[partitionOfKey(key, this.partitions.length)]!
    this.#next = (this.#next + 1) % this.partitions.length
    return this.partitions[this.#next]!
  }

  close(): void {
    for (const partition of this.partitions) partition.close()
  }
}
