import type { RawEvent } from '../../shared/contracts/raw-event.ts'
import { shardId } from '../../shared/contracts/state-documents.ts'
import { manualClock } from '../../shared/adapters/memory/clock.ts'
import { memoryCapture } from '../../shared/adapters/memory/capture.ts'
import { memoryControl } from '../../shared/adapters/memory/control.ts'
import { memoryDeadLetters } from '../../shared/adapters/memory/dead-letters.ts'
import type { Faults } from '../../shared/adapters/memory/faults.ts'
import { memoryHub } from '../../shared/adapters/memory/hub.ts'
import { memoryFacts } from '../../shared/adapters/memory/ip-country.ts'
import { memoryLetterBodies } from '../../shared/adapters/memory/letter-bodies.ts'
import { memoryLog } from '../../shared/adapters/memory/log.ts'
import { createRecorder } from '../../shared/adapters/memory/meter.ts'
import { memoryReference } from '../../shared/adapters/memory/reference.ts'
import { memoryServing } from '../../shared/adapters/memory/serving.ts'
import { memoryShardState } from '../../shared/adapters/memory/shard-state.ts'
import type { CompiledStream } from '../../shared/core/compiled-stream.ts'
import { FactsCache } from '../../shared/flows/facts-cache.ts'
import { ingestBatch } from '../../shared/flows/ingest-batch.ts'
import type { StreamSetting } from '../../shared/flows/load-shard.ts'
import { PublishSchedule } from '../../shared/flows/publish-schedule.ts'
import { ShardCache } from '../../shared/flows/shard-cache.ts'
import { shardContents } from './shard-contents.ts'
import { testStream } from './test-stream.ts'

/** A whole hot path in memory: hub, state, serving, dead letters, and as many instances of the app as a test wants. */
export const ingestWorld = (
  options: {
    readonly stream?: CompiledStream
    readonly faults?: Faults
    readonly maxBytes?: number
    readonly heartbeats?: StreamSetting['heartbeats']
  } = {},
) => {
  const { stream = testStream, heartbeats = 'timer' } = options
  const faults = options.faults ?? (() => 'fine' as const)
  const clock = manualClock()
  const log = memoryLog()
  const meter = createRecorder(clock)
  const hub = memoryHub(stream.description.hub.partitions, { now: clock.now, faults })
  const state = memoryShardState({ faults, ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }) })
  const serving = memoryServing({ faults })
  const capture = memoryCapture(faults)
  const control = memoryControl({ faults })
  const replayState = memoryShardState({ faults })
  const deadLetters = memoryDeadLetters({ faults })
  const reference = memoryReference({ faults })
  const facts = new FactsCache(reference, clock, Promise.resolve(memoryFacts({})))
  const setting: StreamSetting = { stream, generation: 'live', heartbeats }
  const letterBodies = memoryLetterBodies({ faults })
  const publishing = {
    state,
    serving,
    deadLetters,
    letterBodies,
    hub,
    control,
    clock,
    meter,
    log,
    schedule: new PublishSchedule(),
  }
  return {
    setting,
    clock,
    log,
    hub,
    state,
    serving,
    capture,
    control,
    replayState,
    deadLetters,
    letterBodies,
    meter,
    reference,
    facts,
    publishing,
    /** A process with a memory of its own. */
    instance: () => {
      const cache = new ShardCache()
      const ports = { hub, state, capture, control, clock, facts, meter, log, cache }
      return { ingest: ingestBatch(ports, setting) }
    },
    documents: (partition: string) => state.documents(shardId(stream.name, 'live', partition)),
    contents: (partition: string) => shardContents(stream, state.documents(shardId(stream.name, 'live', partition))),
  }
}

/** Fills a partition and returns its events as the trigger would deliver them. */
export const fill = (
  world: ReturnType<typeof ingestWorld>,
  partition: string,
  contents: readonly Omit<RawEvent, 'sequence'>[],
): RawEvent[] => contents.map((event) => world.hub.append(partition, event))
