import type { Clock } from '../ports/clock.ts'
import type { Meter } from '../ports/meter.ts'
import type { StreamSetting } from './load-shard.ts'
import { readStatus, type StatusPorts } from './read-status.ts'

/** Tells the meter how far each shard is behind its hub, and the frontier behind the clock: also while nothing moves. */
export const measureLag =
  (ports: StatusPorts & { readonly meter: Meter; readonly clock: Clock }, setting: StreamSetting) =>
  async (): Promise<void> => {
    const { shards, frontier, final } = await readStatus(ports, setting)
    const age = frontier === null ? undefined : Math.max(0, ports.clock.now() - Date.parse(frontier))
    ports.meter.stands({ stream: setting.stream.name, shards, frontierAgeMs: final ? 0 : age })
  }
