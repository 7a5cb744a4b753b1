import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAzureRest } from '../../infra/hooks/azure-rest.ts'
import { RetryableError, TerminalError } from '../../shared/errors.ts'
import { startFakeAzure } from './fake-azure.ts'

test('a request carries the token of its scope and its body as JSON', async () => {
  const azure = await startFakeAzure(() => ({ status: 200, body: { is: 'there' } }))
  const answer = await azure.rest.send({ method: 'PUT', url: `${azure.url}/a`, scope: 'x/.default', body: { b: 1 } })
  assert.deepEqual(answer, { status: 200, body: { is: 'there' } })
  assert.equal(azure.calls[0]?.headers['authorization'], 'Bearer token for x/.default')
  assert.equal(azure.calls[0]?.text, '{"b":1}')
})

test('a 202 with a location is polled until it is no 202', async () => {
  const azure = await startFakeAzure(({ method }, before, url) => {
    if (method === 'PUT') return { status: 202, headers: { location: `${url}/operation`, 'retry-after': '7' } }
    return before < 2 ? { status: 202 } : { status: 200, body: { name: 'done' } }
  })
  const { body } = await azure.rest.send({ method: 'PUT', url: `${azure.url}/a`, body: {} })
  assert.deepEqual(body, { name: 'done' })
  assert.deepEqual(
    azure.calls.map(({ method, path }) => `${method} ${path}`),
    ['PUT /a', 'GET /operation', 'GET /operation', 'GET /operation'],
  )
  assert.equal(azure.waits[0], 7_000)
})

test('a 202 with an operation is polled until the operation says that it has succeeded', async () => {
  const azure = await startFakeAzure(({ method }, before, url) =>
    method === 'POST'
      ? { status: 202, headers: { 'azure-asyncoperation': `${url}/operation` } }
      : { status: 200, body: { status: before === 0 ? 'InProgress' : 'Succeeded' } },
  )
  await azure.rest.send({ method: 'POST', url: `${azure.url}/resume` })
  assert.equal(azure.calls.length, 3)
})

test('an operation that fails is told with its reason', async () => {
  const azure = await startFakeAzure(({ method }, _before, url) =>
    method === 'POST'
      ? { status: 202, headers: { 'azure-asyncoperation': `${url}/operation` } }
      : { status: 200, body: { status: 'Failed', error: { code: 'Quota', message: 'too many vCores' } } },
  )
  await assert.rejects(
    azure.rest.send({ method: 'POST', url: `${azure.url}/resume` }),
    new TerminalError('POST /resume was answered with 200: Quota too many vCores.'),
  )
})

test('an operation that never ends is given up after a quarter of an hour', async () => {
  const azure = await startFakeAzure((_call, _before, url) => ({
    status: 202,
    headers: { location: `${url}/operation`, 'retry-after': '60' },
  }))
  await assert.rejects(azure.rest.send({ method: 'PUT', url: `${azure.url}/a` }), RetryableError)
  assert.equal(
    azure.waits.reduce((sum, ms) => sum + ms, 0),
    900_000,
  )
})

for (const status of [429, 409, 503]) {
  test(`a ${status} is tried again after what Retry-After says`, async () => {
    const azure = await startFakeAzure((_call, before) =>
      before < 2 ? { status, headers: { 'retry-after': '3' } } : { status: 200 },
    )
    await azure.rest.send({ method: 'PUT', url: `${azure.url}/a`, body: { same: true } })
    assert.deepEqual(azure.waits, [3_000, 3_000])
    assert.deepEqual(
      azure.calls.map(({ text }) => text),
      ['{"same":true}', '{"same":true}', '{"same":true}'],
    )
  })
}

test('a 409 that is an answer is not tried again', async () => {
  const azure = await startFakeAzure(() => ({ status: 409 }))
  assert.equal((await azure.rest.send({ method: 'PUT', url: `${azure.url}/a`, accept: [409] })).status, 409)
  assert.equal(azure.calls.length, 1)
})

test('a 403 is waited out while a role is on its way', async () => {
  const azure = await startFakeAzure((_call, before) => ({ status: before < 4 ? 403 : 200 }))
  await azure.rest.send({ method: 'GET', url: `${azure.url}/a` })
  assert.deepEqual(azure.waits, [2_000, 4_000, 8_000, 16_000])
})

test('a 403 that stays is a failure after five minutes, with its reason', async () => {
  const azure = await startFakeAzure(() => ({
    status: 403,
    body: { error: { code: 'Forbidden', message: 'no role' } },
  }))
  await assert.rejects(
    azure.rest.send({ method: 'GET', url: `${azure.url}/a` }),
    new TerminalError('GET /a was answered with 403: Forbidden no role.'),
  )
  const waited = azure.waits.reduce((sum, ms) => sum + ms, 0)
  assert.ok(waited > 240_000 && waited <= 300_000, String(waited))
})

test('a refusal because of the address is told at once, with the way out', async () => {
  const azure = await startFakeAzure(() => ({
    status: 403,
    body: { error: { code: 'ClientIpAddressNotAuthorized', message: '203.0.113.7 is not allowed' } },
  }))
  await assert.rejects(azure.rest.send({ method: 'GET', url: `${azure.url}/a` }), (error: unknown) => {
    assert.ok(error instanceof TerminalError)
    assert.match(
      error.message,
      /203\.0\.113\.7 is not allowed\. Let this address in with azd env set MILLRACE_ALLOWED_IP_ADDRESSES/,
    )
    return true
  })
  assert.deepEqual(azure.waits, [])
})

test('what cannot be reached is told with the way out of private mode', async () => {
  const rest = createAzureRest({
    token: () => Promise.resolve('t'),
    wait: () => Promise.resolve(),
    log: () => undefined,
  })
  await assert.rejects(
    rest.send({ method: 'GET', url: 'http://127.0.0.1:1/a' }),
    /127\.0\.0\.1:1 cannot be reached from here\. In private mode/,
  )
})
