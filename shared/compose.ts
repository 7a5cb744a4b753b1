/** Puts the app together: the only place that names an adapter. */
import type { RollupAnswer, StatusAnswer, StreamStatus } from './contracts/api.ts'
import type { ReferenceRecord, ReferenceVersionDocument } from './contracts/reference-documents.ts'
import type { RawEvent } from './contracts/raw-event.ts'
import type { StateDocument } from './contracts/state-documents.ts'
import { allMeters } from './adapters/all-meters.ts'
import { azureCapture, captureNamespace } from './adapters/azure/capture.ts'
import { azureClients } from './adapters/azure/clients.ts'
import { systemClock } from './adapters/azure/clock.ts'
import { consoleLog } from './adapters/azure/console-log.ts'
import { azureControl } from './adapters/azure/control.ts'
import { azureDeadLetters } from './adapters/azure/dead-letters.ts'
import { azureHub } from './adapters/azure/hub.ts'
import { azureLetterBodies } from './adapters/azure/letter-bodies.ts'
import { loadIpCountry } from './adapters/azure/ip-country.ts'
import { noMeter } from './adapters/no-meter.ts'
import { createRecorder } from './adapters/memory/meter.ts'
import { randomName } from './adapters/azure/random-name.ts'
import { azureReference } from './adapters/azure/reference.ts'
import { azureServing } from './adapters/azure/serving.ts'
import { azureShardState } from './adapters/azure/shard-state.ts'
import type { Telemetry } from './adapters/azure/telemetry.ts'
import { parseConfig, type Config } from './config.ts'
import type { CompiledRollup, CompiledStream } from './core/compiled-stream.ts'
import { parseReplayRequest, type ParsedReplay } from './core/replay-request.ts'
import type { RollupQuery } from './core/rollup-query.ts'
import { compileStream } from './core/stream/compile.ts'
import { formatInstant } from './core/time.ts'
import { advanceFrontier } from './flows/advance-frontier.ts'
import { FactsCache } from './flows/facts-cache.ts'
import { ingestBatch } from './flows/ingest-batch.ts'
import type { StreamSetting } from './flows/load-shard.ts'
import { measureLag } from './flows/measure-lag.ts'
import { findRollup } from './flows/older-rollups.ts'
import { publishChanges } from './flows/publish-changes.ts'
import { PublishSchedule } from './flows/publish-schedule.ts'
import { publishReference, type PublishedReference } from './flows/publish-reference.ts'
import { readRollup } from './flows/read-rollup.ts'
import { replayEvents } from './flows/replay-events.ts'
import { readStatus } from './flows/read-status.ts'
import { sendHeartbeats } from './flows/send-heartbeats.ts'
import { ShardCache } from './flows/shard-cache.ts'
import { streamReplays, type StreamReplays } from './flows/stream-replays.ts'
import { writeAudit, type AdminAction } from './flows/write-audit.ts'
import type { Clock } from './ports/clock.ts'
import type { Log } from './ports/log.ts'
import { streams } from './streams/index.ts'

/** What the functions can do with one stream. */
export interface StreamApp {
  readonly name: string
  readonly generation: string
  readonly rollups: readonly CompiledRollup[]
  ingest(partition: string, events: readonly RawEvent[], traceParent?: string): Promise<void>
  publish(documents: readonly StateDocument[]): Promise<void>
  advanceFrontier(): Promise<void>
  sendHeartbeats(): Promise<void>
  measureLag(): Promise<void>
  status(): Promise<StreamStatus>
  /** By its id, such as `pages@1`: of this definition, or of one that counted before it; undefined where none had it. */
  findRollup(id: string): Promise<CompiledRollup | undefined>
  readRollup(rollup: CompiledRollup, query: RollupQuery): Promise<RollupAnswer>
  readonly replays: StreamReplays
}

export interface App {
  readonly streams: readonly StreamApp[]
  /** Checks what a caller asks a replay to be. */
  parseReplay(body: unknown): ParsedReplay
  /** Records an admin action, before it is done. */
  audit(action: AdminAction): Promise<void>
  readonly reference: {
    /** The kinds that some stream looks up, with the fields that each record must have. */
    readonly kinds: ReadonlyMap<string, readonly string[]>
    newest(kind: string): Promise<ReferenceVersionDocument | undefined>
    publish(kind: string, records: readonly ReferenceRecord[]): Promise<PublishedReference>
  }
  /** What does not answer, in words; empty when all is well. */
  checkHealth(): Promise<string[]>
  measurements(): StatusAnswer['instance']
  /** Sends what telemetry is left. */
  close(): Promise<void>
}

/** Reads the settings and wires everything. Rejects at once, naming every setting that is wrong; connects on first use. */
export const compose = async (environment: Readonly<Record<string, string | undefined>>): Promise<App> => {
  const config = parseConfig(environment)
  const clients = azureClients(config)
  const clock = systemClock
  const log = consoleLog
  const recorder = createRecorder(clock)
  const telemetry = await startTelemetry(config, { clock, log })
  const meter = telemetry === undefined ? recorder : allMeters(recorder, telemetry.meter)
  const startedAt = formatInstant(clock.now())
  const state = azureShardState(clients.container('state'))
  const serving = azureServing(clients.container('serving'))
  const control = azureControl(clients.container('control'))
  const deadLetters = azureDeadLetters(clients.container('deadLetters'))
  const letterBodies = clients.letterBodies === undefined ? undefined : azureLetterBodies(clients.letterBodies)
  const reference = azureReference(clients.container('reference'))
  const replayState = azureShardState(clients.container('replayState'))
  const facts = new FactsCache(reference, clock, loadIpCountry())

  const composeStream = (stream: CompiledStream): StreamApp => {
    const setting: StreamSetting = { stream, generation: 'live', heartbeats: config.heartbeats }
    const hub = azureHub(clients.hub(stream.name))
    const capture =
      clients.captured === undefined
        ? undefined
        : azureCapture(clients.captured, { namespace: captureNamespace(config.eventHubs), hub: stream.name })
    const cache = new ShardCache()
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
      name: stream.name,
      generation: setting.generation,
      rollups: stream.rollups,
      ingest: ingestBatch({ hub, state, capture, control, clock, meter, log, cache, facts }, setting),
      publish: publishChanges(publishing, setting),
      advanceFrontier: advanceFrontier(publishing, setting),
      sendHeartbeats: sendHeartbeats({ hub, state, serving }, setting),
      // It costs reads, which nobody would look at.
      measureLag:
        telemetry === undefined ? () => Promise.resolve() : measureLag({ hub, state, serving, clock, meter }, setting),
      status: () => readStatus({ hub, state, serving }, setting),
      findRollup: (id) => findRollup(control, stream, id),
      readRollup: (rollup, query) => readRollup({ serving, control }, setting, rollup, query),
      replays: streamReplays(
        {
          ...{ hub, state, replayState, serving, control, facts, reference, clock, randomName },
          events: replayEvents({ capture, hub }),
          publishing: { ...publishing, state: replayState, meter: noMeter, schedule: new PublishSchedule() },
        },
        setting,
      ),
    }
  }

  const compiled = streams.map((defined) => compileStream(defined, { keepAll: config.keepAll }))
  const composed = compiled.map(composeStream)
  return {
    streams: composed,
    parseReplay: (body) => parseReplayRequest(body, compiled),
    audit: (action) => writeAudit({ control, clock, randomName }, action),
    reference: {
      kinds: referenceKinds(streams),
      newest: (kind) => reference.newest(kind),
      publish: (kind, records) => publishReference({ reference, clock }, kind, records),
    },
    checkHealth: async () => {
      const checks = await Promise.allSettled(composed.map((stream) => stream.status()))
      return checks.flatMap((check, i) =>
        check.status === 'rejected' ? [`Hub or state of ${composed[i]!.name} does not answer.`] : [],
      )
    },
    measurements: () => ({ startedAt, streams: recorder.read() }),
    close: async () => telemetry?.close(),
  }
}

/** Its package is large: who wants no telemetry does not wait for it to load. */
const startTelemetry = async (
  { telemetry }: Config,
  ports: { readonly clock: Clock; readonly log: Log },
): Promise<Telemetry | undefined> => {
  if (telemetry === undefined) return undefined
  const adapter = await import('./adapters/azure/telemetry.ts')
  return adapter.startTelemetry(telemetry, ports)
}

const referenceKinds = (defined: typeof streams): ReadonlyMap<string, readonly string[]> => {
  const kinds = new Map<string, readonly string[]>()
  for (const [kind, fields] of defined.flatMap((stream) => [...compileStream(stream).reference])) {
    kinds.set(kind, [...new Set([...(kinds.get(kind) ?? []), ...fields])])
  }
  return kinds
}
