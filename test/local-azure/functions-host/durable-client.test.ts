import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newHub, startDurableHost, webhooks, type DurableHost, type Status } from './durable-world.ts'

let host: DurableHost
before(async () => {
  host = await startDurableHost()
})
after(() => host.stop())

test('a client starts an orchestration under an id and a version, and reads its status', async () => {
  assert.equal(await host.ask('start/mine', { name: 'about', input: { a: 1 }, version: '2.1' }), 'mine')
  await host.ended('mine')
  const status = await host.ask<Status>('status/mine')
  const { createdTime, lastUpdatedTime, output, ...others } = status
  assert.deepEqual(others, {
    ...{ name: 'about', instanceId: 'mine', runtimeStatus: 'Completed', input: { a: 1 }, customStatus: null },
  })
  assert.equal((output as { version: string }).version, '2.1')
  assert.ok(Date.parse(createdTime) <= Date.parse(lastUpdatedTime))
})

test('without an id an orchestration gets one of 32 digits', async () => {
  assert.match(await host.ask<string>('start', { name: 'sequence', input: [] }), /^[0-9a-f]{32}$/)
})

test('an id is taken while its orchestration runs, and free when it has ended', async () => {
  await host.ask('start/taken', { name: 'events', input: ['a'] })
  await assert.rejects(host.ask('start/taken', { name: 'sequence', input: [] }), /409.*under way already/)
  await host.ask('raise/taken', { event: 'a', data: 1 })
  await host.ended('taken')
  assert.deepEqual(await host.output('sequence', [2], 'taken'), [2])
})

test('a client is told what is wrong with what it starts', async () => {
  await assert.rejects(host.ask('start', { name: 'no-such' }), /400.*'no-such' doesn't exist.*There are: 'sequence'/)
  const long = await host.manage('POST', `/orchestrators/sequence/${'a'.repeat(101)}`, [])
  assert.equal(long.status, 400)
  const at = await host.manage('POST', '/orchestrators/sequence/@a', [])
  assert.match(await at.text(), /instanceId: expected at most 100 characters/)
  const torn = await host.send('POST', `${webhooks}/orchestrators/sequence`, '{', {
    'content-type': 'application/json',
  })
  assert.equal(torn.status, 400)
})

test('a caller that cannot wait gets 202 with the addresses that say how it goes on', async () => {
  const response = await host.send(
    'POST',
    '/api/start-checked/checked',
    JSON.stringify({ name: 'events', input: ['a'] }),
    { 'content-type': 'application/json' },
  )
  assert.equal(response.status, 202)
  const links = (await response.json()) as Record<string, string>
  assert.equal(response.headers.get('location'), links['statusQueryGetUri'])
  assert.equal(response.headers.get('retry-after'), '10')
  assert.ok(
    links['statusQueryGetUri']!.startsWith(`${host.url}${webhooks}/instances/checked?taskHub=FixtureHub&connection=`),
  )
  const running = await fetch(links['statusQueryGetUri']!)
  assert.deepEqual([running.status, running.headers.get('retry-after')], [202, '5'])
  const sent = await fetch(links['sendEventPostUri']!.replace('{eventName}', 'a'), {
    ...{ method: 'POST', body: '"by address"', headers: { 'content-type': 'application/json' } },
  })
  assert.equal(sent.status, 202)
  await host.ended('checked')
  const ended = await fetch(links['statusQueryGetUri']!)
  assert.deepEqual([ended.status, ((await ended.json()) as Status).output], [200, ['by address']])
  assert.equal((await fetch(links['purgeHistoryDeleteUri']!, { method: 'DELETE' })).status, 200)
})

test('a caller that waits gets the output, or the failure, or after its time the addresses', async () => {
  const wait = { timeoutInMilliseconds: 5_000, retryIntervalInMilliseconds: 20 }
  const ask = async (body: object) => {
    const response = await host.send('POST', '/api/start-waiting', JSON.stringify(body))
    return [response.status, await response.json()] as const
  }
  assert.deepEqual(await ask({ name: 'sequence', input: [1], ...wait }), [200, [1]])
  const [status, failure] = await ask({ name: 'failing', ...wait })
  assert.deepEqual([status, (failure as Status).runtimeStatus], [500, 'Failed'])
  const short = { timeoutInMilliseconds: 40, retryIntervalInMilliseconds: 20 }
  assert.equal((await ask({ name: 'events', input: ['never'], ...short }))[0], 202)
})

test('the API itself waits where it is asked to', async () => {
  const done = await host.manage('POST', '/orchestrators/sequence?timeout=5&pollingInterval=0.02', [1, 2])
  assert.deepEqual([done.status, await done.json()], [200, [1, 2]])
  const late = await host.manage('POST', '/orchestrators/events?timeout=0.05&pollingInterval=0.02', ['never'])
  assert.equal(late.status, 202)
})

test('a failure is 200, or 500 where that is asked for', async () => {
  const { instanceId } = await host.ended(await host.begin('failing'))
  assert.equal((await host.manage('GET', `/instances/${instanceId}`)).status, 200)
  const asked = await host.manage('GET', `/instances/${instanceId}?returnInternalServerErrorOnFailure=true`)
  assert.equal(asked.status, 500)
})

test('a history says what came of each thing, with results where they are asked for', async () => {
  await host.output('sequence', ['one'], 'with-history')
  const read = async (query: string) => {
    const response = await host.manage('GET', `/instances/with-history?${query}`)
    return ((await response.json()) as Status).historyEvents
  }
  const events = await read('showHistory=true')
  assert.deepEqual(
    events?.map(({ EventType, FunctionName, Result }) => [EventType, FunctionName, Result]),
    [
      ['ExecutionStarted', 'sequence', undefined],
      ['TaskCompleted', 'echo', undefined],
      ['ExecutionCompleted', undefined, undefined],
    ],
  )
  assert.ok(String(events?.[1]?.['ScheduledTime']) <= String(events?.[1]?.['Timestamp']))
  assert.deepEqual(
    (await read('showHistory=true&showHistoryOutput=true'))?.map(({ Result }) => Result),
    [undefined, 'one', ['one']],
  )
  assert.equal(await read('showHistory=false'), undefined)
})

test('the input is left out of a status where it is asked to be', async () => {
  await host.output('sequence', ['one'], 'with-input')
  const response = await host.manage('GET', '/instances/with-input?showInput=false')
  assert.equal(((await response.json()) as Status).input, null)
})

test('instances are listed by status, time and beginning of the id, page after page', async (t) => {
  const other = await startDurableHost()
  t.after(() => other.stop())
  const ids = ['a-1', 'a-2', 'a-3', 'b-1', 'b-2']
  for (const id of ids) await other.output('sequence', [], id)
  await other.ended(await other.begin('failing', null, 'a-failed'))
  const all = await other.ask<Status[]>('all')
  assert.deepEqual(all.map(({ instanceId }) => instanceId).sort(), [...ids, 'a-failed'].sort())
  const failed = await other.ask<Status[]>('by', { runtimeStatus: ['Failed', 'Terminated'] })
  assert.deepEqual(
    failed.map(({ instanceId }) => instanceId),
    ['a-failed'],
  )
  const future = new Date(Date.now() + 3_600_000).toISOString()
  assert.deepEqual(await other.ask('by', { from: future }), [])
  assert.equal((await other.ask<Status[]>('by', { to: future })).length, 6)

  const pages: string[][] = []
  let token: string | null = ''
  while (token !== null) {
    const headers: Record<string, string> = token === '' ? {} : { 'x-ms-continuation-token': token }
    const response = await other.manage('GET', '/instances/?top=2&instanceIdPrefix=a-', undefined, headers)
    pages.push(((await response.json()) as Status[]).map(({ instanceId }) => instanceId))
    token = response.headers.get('x-ms-continuation-token')
  }
  assert.deepEqual(pages, [['a-1', 'a-2'], ['a-3', 'a-failed'], []])
  for (const bad of ['bad', Buffer.from('5').toString('base64url')]) {
    const refused = await other.manage('GET', '/instances/', undefined, { 'x-ms-continuation-token': bad })
    assert.equal(refused.status, 400)
  }
})

test('only JSON can be raised, and only in the task hub that is there', async () => {
  const id = await host.begin('events', ['never'])
  const text = await host.send('POST', `${webhooks}/instances/${id}/raiseEvent/a`, 'text', {
    'content-type': 'text/plain',
  })
  assert.equal(text.status, 400)
  const other = await host.manage('GET', `/instances/${id}?taskHub=Other`)
  assert.deepEqual([other.status, await other.json()], [400, { Message: 'taskHub: this host has only FixtureHub.' }])
})

test('what the API does not have is 404', async () => {
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/orchestrators/sequence'],
    ['POST', '/instances/'],
    ['POST', '/instances/a/dance'],
    ['PUT', '/entities/counter/a'],
    ['GET', '/instances/a/b/c/d'],
  ] as const) {
    assert.equal((await host.manage(method, path)).status, 404, `${method} ${path}`)
  }
})

const keys = {
  ...{ master: 'the-master', host: { default: 'the-host-key' }, functions: {} },
  system: { durabletask_extension: 'the-system-key' },
}

test('with keys the webhooks want the system key, which is in the addresses that a client gives out', async (t) => {
  const closed = await startDurableHost(newHub(), {}, { keys })
  t.after(() => closed.stop())
  const path = `${webhooks}/instances/`
  for (const [key, status] of [
    ['', 401],
    ['the-host-key', 401],
    ['the-system-key', 200],
    ['the-master', 200],
  ] as const) {
    assert.equal((await closed.send('GET', `${path}?code=${key}`)).status, status, key)
    assert.equal((await closed.send('GET', path, undefined, { 'x-functions-key': key })).status, status, key)
  }
  const links = await closed.ask<Record<string, string>>('payload/some-id')
  // The SDK would write another port into it, were the host's own not in its environment.
  assert.equal(
    links['statusQueryGetUri'],
    `${closed.url}${webhooks}/instances/some-id?taskHub=FixtureHub&connection=Storage&code=the-system-key`,
  )
  // The app's own clients need none.
  assert.equal(await closed.ask('start/mine', { name: 'sequence', input: [1] }), 'mine')
  assert.equal((await closed.send('GET', '/durabletask/guess/instances/')).status, 404)
})

test('with keys and none for the webhooks a host of durable functions does not start', async () => {
  const { system: _, ...without } = keys
  await assert.rejects(
    startDurableHost(newHub(), {}, { keys: without }),
    /keys\.system: expected a key named durabletask_extension\./,
  )
})
