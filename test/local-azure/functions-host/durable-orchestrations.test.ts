import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startDurableHost, type DurableHost, type Status } from './durable-world.ts'

let host: DurableHost
before(async () => {
  host = await startDurableHost()
})
after(() => host.stop())

test('activities run one after the other, and each result is seen once', async () => {
  assert.deepEqual(await host.output('sequence', [1, 'two', { three: 3 }, null]), [1, 'two', { three: 3 }, null])
})

test('an activity gets a text as it is and everything else as JSON, as in Azure: a text of digits becomes a number', async () => {
  assert.deepEqual(await host.output('types'), [
    'string "text"',
    'number 17',
    'number 17',
    'boolean true',
    'object null',
    'object {"a":[1]}',
    'object []',
    'string ""',
    'object null',
  ])
})

test('an orchestration knows its id, its input and its guids, and an activity its instance', async () => {
  const about = (await host.output('about', { a: 1 }, 'about-1')) as { guids: string[] }
  assert.deepEqual(
    { ...about, guids: about.guids.length },
    {
      input: { a: 1 },
      instanceId: 'about-1',
      ofActivity: 'about-1',
      nothing: null,
      parent: null,
      version: '',
      guids: 2,
    },
  )
  assert.equal(new Set(about.guids).size, 2)
})

test('activities fan out, and their results come in the order of the tasks', async () => {
  const inputs = Array.from({ length: 50 }, (_, i) => i)
  assert.deepEqual(await host.output('fanOut', inputs), inputs)
})

test('what an activity throws fails the orchestration with its text', async () => {
  const { runtimeStatus, output } = await host.ended(await host.begin('failing'))
  assert.equal(runtimeStatus, 'Failed')
  assert.equal(output, "Orchestrator function 'failing' failed: Activity function 'fail' failed: cannot win \n ")
})

test('what an activity throws can be caught', async () => {
  assert.equal(await host.output('catching'), "Activity function 'fail' failed: cannot win \n ")
})

test('the properties that an app gives its errors arrive with them, through a sub-orchestration too', async () => {
  const details = { errorType: 'TypeError', errorMessage: 'with a code', properties: { code: 17 } }
  const caught = { name: 'TaskFailedError', ...details }
  assert.deepEqual(await host.output('catchingCodes'), [caught, caught])
})

test('a text that only looks like an error with properties is a text', async () => {
  const text = '{"errorType": nothing of the kind'
  assert.equal(await host.output('catchingText', text), `Activity function 'failWith' failed: ${text} \n `)
})

test('bytes arrive as base64, and a number as it is', async () => {
  assert.deepEqual(await host.output('kinds'), [Buffer.from('bytes').toString('base64'), 1.5])
})

test('an activity is tried again until it succeeds', async () => {
  assert.equal(await host.output('retrying', { key: 'succeeds', times: 2, attempts: 3 }), 3)
})

test('an activity that fails every time fails with what it threw last', async () => {
  const { runtimeStatus, output } = await host.ended(
    await host.begin('retrying', { key: 'fails', times: 9, attempts: 3 }),
  )
  assert.equal(runtimeStatus, 'Failed')
  assert.match(String(output), /Activity function 'failTimes' failed: attempt 3/)
})

test('retries of several activities go on side by side, and what comes after them is numbered rightly', async () => {
  assert.deepEqual(await host.output('retryingAll'), [[1, 2, 3, 'plain'], 'after'])
})

test('timers fire in their time; a cancelled one and one of the past hold nothing up', async () => {
  assert.deepEqual(await host.output('timers'), { waited: true, quick: true })
})

test('events are awaited by name, also when they come first and in another order', async () => {
  const id = await host.begin('events', ['a', 'b', 'a'])
  await host.raise(id, 'b', 'the b')
  await host.raise(id, 'a', 'first a')
  await host.raise(id, 'a', { second: 'a' })
  assert.deepEqual((await host.ended(id)).output, ['first a', 'the b', { second: 'a' }])
})

test('an event wins over its timeout', async () => {
  const id = await host.begin('approval', 3_600_000)
  await host.raise(id, 'approval', 'granted')
  assert.equal((await host.ended(id)).output, 'granted')
})

test('a timeout wins over an event that does not come', async () => {
  assert.equal(await host.output('approval', 30), 'too late')
})

test('sub-orchestrations give results, fail with their reason, and know their parent', async () => {
  const { own, text, failure } = (await host.output('parent', null, 'parent-1')) as {
    readonly own: object
    readonly text: { readonly input: string; readonly instanceId: string }
    readonly failure: string
  }
  assert.deepEqual(
    { ...own, guids: undefined },
    {
      ...{ input: { of: 'parent' }, nothing: null, parent: 'parent-1', version: '', guids: undefined },
      ...{ instanceId: 'parent-1-child', ofActivity: 'parent-1-child' },
    },
  )
  assert.equal(text.input, 'text')
  assert.match(text.instanceId, /^[0-9a-f-]{36}:00000001$/)
  assert.match(failure, /^Orchestrator function 'failing' failed: Activity function 'fail' failed: cannot win/)
})

test('a sub-orchestration is tried again', async () => {
  assert.equal(await host.output('parentRetrying', { key: 'sub', times: 2, attempts: 3 }), 3)
})

test('continueAsNew goes on with a new input and a history of its own', async () => {
  const id = await host.begin('adding', { left: 3, sum: 0, events: 0 })
  for (const [events, value] of [5, 6, 7].entries()) {
    await host.reached(id, `round ${events}`, ({ input }) => (input as { events: number }).events === events)
    await host.raise(id, 'add', value)
  }
  assert.deepEqual((await host.ended(id)).output, { sum: 18, events: 3 })
  const { historyEvents } = (await (await host.manage('GET', `/instances/${id}?showHistory=true`)).json()) as Status
  assert.equal(historyEvents?.filter(({ EventType }) => EventType === 'EventRaised').length, 1)
})

test('of events that come together continueAsNew keeps the one it has awaited, as in Azure', async () => {
  const id = await host.begin('adding', { left: 2, sum: 0, events: 0 })
  await host.reached(id, 'its start', ({ runtimeStatus }) => runtimeStatus === 'Running')
  await host.manage('POST', `/instances/${id}/suspend`)
  await host.reached(id, 'its pause', ({ runtimeStatus }) => runtimeStatus === 'Suspended')
  for (const value of [1, 10]) await host.raise(id, 'add', value)
  await host.manage('POST', `/instances/${id}/resume`)
  await host.reached(id, 'its second round', ({ input }) => (input as { events: number }).events === 1)
  await host.raise(id, 'add', 100)
  assert.deepEqual((await host.ended(id)).output, { sum: 101, events: 2 })
})

test('a text that goes through continueAsNew comes back in quotes, as in Azure', async () => {
  assert.equal(await host.output('again'), '"text"')
})

test('the custom status is seen while it runs and kept at the end', async () => {
  const id = await host.begin('customStatus')
  const first = await host.reached(id, 'its status', ({ customStatus }) => customStatus !== null)
  assert.deepEqual([first.runtimeStatus, first.customStatus], ['Running', { at: 'first' }])
  await host.raise(id, 'go')
  await host.reached(id, 'its second status', ({ customStatus }) => customStatus === 'second')
  await host.raise(id, 'go')
  const end = await host.ended(id)
  assert.deepEqual([end.output, end.customStatus], ['done', 'second'])
})

/** Orchestrators that are not deterministic, or use the SDK in a way that Azure does not stand. */
const broken: readonly (readonly [name: string, message: RegExp])[] = [
  [
    'changing',
    /^Non-Deterministic workflow detected: number 0 was the activity "echo" when it was scheduled, and is the activity "typeOf" now\./,
  ],
  [
    'shrinking',
    /^Non-Deterministic workflow detected: number 0, the activity "echo", was scheduled before and is not any more\./,
  ],
  [
    'slidingWindow',
    /^Non-Deterministic workflow detected: a task of "slow" in flight was put into another Task\.any or Task\.all\./,
  ],
  [
    'yieldsTwice',
    /^Non-Deterministic workflow detected: .*(a task in flight was yielded again|yielded a task in flight again)/,
  ],
  [
    'callsMissing',
    /^Orchestrator function 'callsMissing' failed: The function 'no such' doesn't exist, is disabled, or is not an activity function\. There are: 'echo'/,
  ],
  ['yieldsNonsense', /programming constraint violation: Orchestration yielded data of type number/],
]

for (const [name, message] of broken) {
  test(`the orchestrator "${name}" fails loudly`, async () => {
    const { runtimeStatus, output } = await host.ended(await host.begin(name))
    assert.equal(runtimeStatus, 'Failed')
    assert.match(String(output), message)
  })
}
