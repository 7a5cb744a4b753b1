/**
 * Drives a replay through its steps. The orchestration remembers only which of them are done: all else is in the replay's
 * record, and each step may run twice or on another instance.
 */
import * as durable from 'durable-functions'
import type { ActivityHandler, OrchestrationContext, OrchestrationHandler, Task } from 'durable-functions'
import type { App, StreamApp } from '../shared/compose.ts'
import { InvariantError, TerminalError } from '../shared/errors.ts'

interface Place {
  readonly stream: string
  readonly id: string
}

export interface ReplayInput extends Place {
  readonly promote: boolean
  /** How many slices each partition has. */
  readonly partitions: readonly { readonly partition: string; readonly slices: number }[]
  /** The next slice, in every partition that has as many. */
  readonly slice: number
}

interface SliceInput extends Place {
  readonly partition: string
  readonly slice: number
}

/** Slices of so many rounds fit into one history; a new one begins after them. */
const roundsInHistory = 20

/** What a service outage takes away comes back: a quarter of an hour and more of patience for each step. */
const retry = new durable.RetryOptions(1_000, 12)
retry.backoffCoefficient = 2
retry.maxRetryIntervalInMilliseconds = 120_000

export const replayOrchestration: OrchestrationHandler = function* (context: OrchestrationContext) {
  const input = context.df.getInput<ReplayInput>()
  try {
    yield* steps(context, input)
  } catch (error) {
    yield context.df.callActivityWithRetry('replay-fail', retry, { ...place(input), failure: String(error) })
    throw error
  }
}

function* steps(context: OrchestrationContext, input: ReplayInput): Generator<Task, void, unknown> {
  const step = (name: string): Task => context.df.callActivityWithRetry(name, retry, place(input))
  if (input.slice === 0 && !(yield step('replay-begin'))) return
  const rounds = Math.max(...input.partitions.map(({ slices }) => slices))
  const until = Math.min(rounds, input.slice + roundsInHistory)
  for (let slice = input.slice; slice < until; slice += 1) {
    const round = input.partitions.filter(({ slices }) => slice < slices)
    const going = (yield context.df.Task.all(
      round.map(({ partition }) =>
        context.df.callActivityWithRetry('replay-slice', retry, { ...place(input), partition, slice }),
      ),
    )) as boolean[]
    if (going.includes(false)) return
  }
  if (until < rounds) {
    context.df.continueAsNew({ ...input, slice: until })
    return
  }
  if (!(yield step('replay-publish'))) return
  if (!(yield step('replay-report'))) return
  if (input.promote) yield step('replay-promote')
}

const place = ({ stream, id }: Place): Place => ({ stream, id })

/** By name, as the orchestration calls them. Each answers whether the replay goes on. */
export const replayActivities = (app: App): Readonly<Record<string, ActivityHandler>> => ({
  'replay-begin': activity(app, (replays, { id }) => replays.begin(id)),
  'replay-slice': activity<SliceInput>(app, (replays, { id, ...slice }) => replays.runSlice(id, slice)),
  'replay-publish': activity(app, (replays, { id }) => replays.publish(id)),
  'replay-report': activity(app, (replays, { id }) => replays.report(id)),
  'replay-promote': activity(app, async (replays, { id }) => (await replays.promote(id)).kind === 'done'),
  'replay-fail': activity<Place & { readonly failure: string }>(app, async (replays, { id, failure }) => {
    await replays.fail(id, failure)
    return false
  }),
})

/** What no retry can mend ends the replay at once; all else is thrown, and the orchestration tries again. */
const activity =
  <Input extends Place>(
    app: App,
    work: (replays: StreamApp['replays'], input: Input) => Promise<boolean>,
  ): ActivityHandler =>
  async (input: Input) => {
    const replays = replaysOf(app, input.stream)
    try {
      return await work(replays, input)
    } catch (error) {
      if (!(error instanceof TerminalError || error instanceof InvariantError)) throw error
      await replays.fail(input.id, error.message)
      return false
    }
  }

const replaysOf = ({ streams }: App, name: string): StreamApp['replays'] => {
  const stream = streams.find((candidate) => candidate.name === name)
  if (stream !== undefined) return stream.replays
  throw new Error(`A replay of ${name} cannot go on: this app has no such stream. Restore its definition.`)
}
