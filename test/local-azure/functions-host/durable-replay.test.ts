import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  actionTypes,
  eventTypes,
  type Action,
  type Happening,
  type HistoryEvent,
} from '../../../local/host/durable/protocol.ts'
import { replay, retryDelayMs } from '../../../local/host/durable/replay.ts'
import { reusedTask } from '../../../local/host/durable/reused-task.ts'
import { creationOf } from '../../../local/host/durable/scheduled.ts'

const activity = (functionName: string): Action => ({ actionType: actionTypes.callActivity, functionName })
const retried = (functionName: string, maxNumberOfAttempts: number): Action => ({
  ...{ actionType: actionTypes.callActivityWithRetry, functionName },
  retryOptions: { firstRetryIntervalInMilliseconds: 100, maxNumberOfAttempts },
})
const event = (externalEventName: string): Action => ({
  ...{ actionType: actionTypes.waitForExternalEvent, externalEventName },
})
const all = (...compoundActions: Action[]): Action => ({ actionType: actionTypes.whenAll, compoundActions })
const any = (...compoundActions: Action[]): Action => ({ actionType: actionTypes.whenAny, compoundActions })

const started = { EventType: eventTypes.executionStarted, EventId: -1, Name: 'fn' }
const completed = (TaskScheduledId: number): Happening => ({
  ...{ EventType: eventTypes.taskCompleted, EventId: -1, TaskScheduledId, Result: 'null' },
})
const failed = (TaskScheduledId: number): Happening => ({
  ...{ EventType: eventTypes.taskFailed, EventId: -1, TaskScheduledId, Reason: '', Details: '' },
})
const fired = (TimerId: number): Happening => ({ EventType: eventTypes.timerFired, EventId: -1, TimerId })
const raised = (Name: string): Happening => ({ EventType: eventTypes.eventRaised, EventId: -1, Name, Input: '1' })

const run = (history: readonly HistoryEvent[], actions: readonly Action[]) =>
  replay({ instanceId: 'i', executionId: 'x', history, actions, httpPollMs: 30_000, newId: () => 'an-id' })

/**
 * Plays the episodes of an orchestrator: each is what happens, and all that it reports then. Answers what each schedules, as
 * `0 activity a`.
 */
const play = (...episodes: readonly (readonly [happenings: readonly Happening[], actions: readonly Action[]])[]) => {
  let history: readonly HistoryEvent[] = []
  return episodes.map(([happenings, actions], i) => {
    const at = { IsPlayed: false, Timestamp: new Date(i * 1_000).toISOString() }
    const start = { EventType: eventTypes.orchestratorStarted, EventId: -1 }
    const seen = [...(i === 0 ? [start, started] : [start]), ...happenings].map((each) => ({ ...each, ...at }))
    history = [...history.map((each) => ({ ...each, IsPlayed: true })), ...seen]
    const { scheduled } = run(history, actions)
    history = [...history, ...scheduled.map((each) => ({ ...creationOf(each), ...at }))]
    return scheduled.map((each) => `${each.id} ${each.kind}${'name' in each ? ` ${each.name}` : ''}`)
  })
}

test('what is yielded is numbered in the order in which it is built up', () => {
  assert.deepEqual(play([[], [all(activity('a'), any(activity('b'), event('e')), activity('c'))]]), [
    ['0 activity a', '1 activity b', '2 activity c'],
  ])
})

test('the next action is numbered when the one before has completed', () => {
  const two = [activity('a'), activity('b')]
  assert.deepEqual(play([[], [activity('a')]], [[completed(0)], two]), [['0 activity a'], ['1 activity b']])
})

test('a retry takes a number for its timer when it fails and one for its next attempt when that fires', () => {
  const first = all(retried('r', 2), retried('s', 2))
  assert.deepEqual(
    play(
      [[], [first]],
      [[failed(1)], [first]],
      [[failed(0)], [first]],
      [[fired(2)], [first]],
      [[completed(4), fired(3)], [first]],
      [[completed(5)], [first, activity('after')]],
    ),
    [
      ['0 activity r', '1 activity s'],
      ['2 timer'],
      ['3 timer'],
      ['4 activity s'],
      ['5 activity r'],
      ['6 activity after'],
    ],
  )
})

test('after the last attempt a timer is waited for, too', () => {
  const actions = [any(retried('r', 1)), activity('after')]
  assert.deepEqual(play([[], [actions[0]!]], [[failed(0)], [actions[0]!]], [[fired(1)], actions]), [
    ['0 activity r'],
    ['1 timer'],
    ['2 activity after'],
  ])
})

test('of several waiters for one event the last is served first', () => {
  const first = any(event('e'), activity('a'))
  const second = any(event('e'), activity('b'))
  // The first event goes to the second `any`, which alone goes on.
  assert.deepEqual(
    play([[], [first]], [[completed(0)], [first, second]], [[raised('e')], [first, second, activity('c')]]),
    [['0 activity a'], ['1 activity b'], ['2 activity c']],
  )
})

test('an event that nobody waits for is kept', () => {
  const actions = [activity('a'), event('e'), activity('b')]
  assert.deepEqual(play([[raised('e')], [activity('a')]], [[completed(0)], actions]), [
    ['0 activity a'],
    ['1 activity b'],
  ])
})

test('a cancelled timer is told', () => {
  const fireAt = new Date(0).toISOString()
  const history = [{ ...started, IsPlayed: false, Timestamp: fireAt }]
  const timer = { actionType: actionTypes.createTimer, fireAt, isCanceled: true } as const
  assert.deepEqual(run(history, [any(timer, event('e'))]).cancelled, [0])
})

test('a task that is yielded again is no action, and numbers go on where nothing came between', () => {
  const window = any(activity('a'), activity('slow'))
  assert.deepEqual(play([[], [window]], [[completed(0)], [window]], [[completed(1)], [window, activity('after')]]), [
    ['0 activity a', '1 activity slow'],
    [],
    ['2 activity after'],
  ])
})

test('where retries go on beside a task that is yielded again nobody can tell the numbers', () => {
  const window = any(activity('a'), activity('slow'), retried('r', 3))
  const episodes = [
    [[], [window]],
    [[completed(0)], [window]],
    // The retry's timer takes number 3 before `after` is scheduled, or after it.
    [
      [failed(2), completed(1)],
      [window, activity('after')],
    ],
  ] as const
  assert.throws(
    () => play(...episodes),
    /^Error: Non-Deterministic workflow detected: a task in flight was yielded again/,
  )
})

test('an orchestrator that goes on past a task that has not completed is not deterministic', () => {
  assert.throws(
    () => play([[], [activity('a'), activity('b')]]),
    /Non-Deterministic workflow detected: the orchestrator has gone on past its action 1 of 2, which has not completed\./,
  )
})

test('the delay of a retry grows by its coefficient up to its most', () => {
  const policy = { firstRetryIntervalInMilliseconds: 100, maxNumberOfAttempts: 9 }
  assert.deepEqual(
    [1, 2, 3].map((failures) => retryDelayMs(policy, failures)),
    [100, 100, 100],
  )
  const growing = { ...policy, backoffCoefficient: 3, maxRetryIntervalInMilliseconds: 500 }
  assert.deepEqual(
    [1, 2, 3].map((failures) => retryDelayMs(growing, failures)),
    [100, 300, 500],
  )
})

test('a task is used again where its action is the same object, but for an event', () => {
  const [a, e] = [activity('a'), event('e')]
  assert.equal(reusedTask({ actions: [[any(a, e), any(e, activity('a'))]] }), undefined)
  assert.equal(reusedTask({ actions: [[any(a, e), any(all(a), e)]] }), a)
  assert.equal(reusedTask(null), undefined)
})
