import type { ReplayAnswer } from '../contracts/api.ts'
import type { ReplayRequest } from '../contracts/control-documents.ts'
import { newReplayId } from '../core/replay-id.ts'
import type { RandomName } from '../ports/random-name.ts'
import { createReplay, type CreatedReplay, type CreateReplayPorts } from './create-replay.ts'
import { cancelReplay, discardReplay, failReplay, promoteReplay, type Decision } from './decide-replay.ts'
import type { StreamSetting } from './load-shard.ts'
import { describeReplay, listReplays } from './read-replays.ts'
import { beginReplay, publishReplay, reportReplay, runSlice, type RunReplayPorts } from './run-replay.ts'

/** Replays of one stream. What takes an id rejects with TerminalError where there is none. */
export interface StreamReplays {
  create(request: ReplayRequest): Promise<CreatedReplay>
  /** Newest first. */
  list(): Promise<readonly ReplayAnswer[]>
  /** undefined where there is none. */
  describe(id: string): Promise<ReplayAnswer | undefined>
  promote(id: string): Promise<Decision>
  discard(id: string): Promise<Decision>
  cancel(id: string): Promise<Decision>
  /** The steps of run-replay.ts, for whoever drives them: each says whether the replay goes on. */
  begin(id: string): Promise<boolean>
  runSlice(id: string, slice: { readonly partition: string; readonly slice: number }): Promise<boolean>
  publish(id: string): Promise<boolean>
  report(id: string): Promise<boolean>
  fail(id: string, failure: string): Promise<void>
}

export const streamReplays = (
  ports: CreateReplayPorts & RunReplayPorts & { readonly randomName: RandomName },
  live: StreamSetting,
): StreamReplays => {
  const { name } = live.stream
  return {
    create: (request) => createReplay(ports, live, request, newReplayId(name, ports.clock.now(), ports.randomName())),
    list: () => listReplays(ports, name),
    describe: (id) => describeReplay(ports, name, id),
    promote: (id) => promoteReplay(ports, name, id),
    discard: (id) => discardReplay(ports, name, id),
    cancel: (id) => cancelReplay(ports, name, id),
    begin: (id) => beginReplay(ports, live, id),
    runSlice: (id, slice) => runSlice(ports, live, id, slice),
    publish: (id) => publishReplay(ports, live, id),
    report: (id) => reportReplay(ports, live, id),
    fail: (id, failure) => failReplay(ports, name, id, failure),
  }
}
