/** The examples of docs/rollups.md, answered by the app. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { rollup } from '../../functions/read-api.ts'
import { controlProperty, heartbeatValue } from '../../shared/contracts/heartbeat.ts'
import { compileStream } from '../../shared/core/stream/compile.ts'
import { advanceFrontier } from '../../shared/flows/advance-frontier.ts'
import { clickstream } from '../../shared/streams/clickstream.ts'
import { appOver, callHandler } from '../support/app-over.ts'
import { fill, ingestWorld } from '../support/ingest-world.ts'

const noon = Date.UTC(2026, 10, 24, 12)
const at = (seconds: number): number => noon + seconds * 1_000

const view = (seconds: number, userId: string, page: string) => ({
  enqueuedAt: at(seconds + 1),
  properties: {},
  body: Buffer.from(
    JSON.stringify({
      source: userId,
      id: `${seconds}`,
      type: 'page_view',
      time: new Date(at(seconds)).toISOString(),
      userId,
      url: `https://shop.example${page}`,
    }),
  ),
})

const shop = async () => {
  const world = ingestWorld({ stream: compileStream(clickstream) })
  const { ingest } = world.instance()
  await ingest(
    '0',
    fill(world, '0', [view(5, 'ann', '/'), view(15, 'bob', '/'), view(20, 'bob', '/cart'), view(70, 'cem', '/')]),
  )
  const beat = { enqueuedAt: at(300), body: Buffer.from('{}'), properties: { [controlProperty]: heartbeatValue } }
  for (const partition of ['0', '1', '2', '3']) await ingest(partition, fill(world, partition, [beat]))
  await advanceFrontier(world.publishing, world.setting)()
  return appOver(world)
}

const text = readFileSync(new URL('../../docs/rollups.md', import.meta.url), 'utf8')
const examples = [...text.matchAll(/```http\nGET (\S+)\n```\n+```(json|csv)\n([\s\S]*?)```/g)].map(
  ([, url = '', language, answer = '']) => ({ url: new URL(url, 'http://localhost'), language, answer }),
)

test('the page has examples', () => assert.ok(examples.length >= 6))

for (const { url, language, answer } of examples) {
  test(`answered as the page says: ${url.pathname}${url.search}`, async () => {
    const [, , , stream = '', , name = ''] = url.pathname.split('/')
    const handler = rollup(await shop())
    const response = await callHandler(handler, { query: url.search.slice(1), params: { stream, rollup: name } })
    if (language === 'csv') assert.equal(String(response.body).replaceAll('\r\n', '\n'), answer)
    else assert.deepEqual(response.jsonBody ?? JSON.parse(String(response.body)), JSON.parse(answer))
  })
}
