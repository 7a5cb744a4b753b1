import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { EventHubProducerClient } from '@azure/event-hubs'
import { build } from '../../build.ts'
import { startChild } from '../../local/child.ts'
import { readRollup } from '../../local/run/api-client.ts'
import { root, untilStatus } from '../support/millrace.ts'
import { start } from '../support/start.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface LocalSettings {
  readonly IsEncrypted: boolean
  readonly Values: Readonly<Record<string, string>>
}

test(
  'a host of its own, with the settings that the emulators print, serves what is sent to them',
  { timeout: 120_000 },
  async (t) => {
    const emulators = start(t, ['--state', temporaryFolder()], 'emulators.ts')
    while (!emulators.output().includes('Ready.')) {
      assert.equal(emulators.child.exitCode, null, emulators.output())
      await sleep(100)
    }
    const [json] = /^\{$[^]*?^\}$/m.exec(emulators.output())!
    const settings = JSON.parse(json) as LocalSettings
    assert.deepEqual(
      [settings.IsEncrypted, settings.Values['FUNCTIONS_WORKER_RUNTIME'], settings.Values['MILLRACE_HEARTBEATS']],
      [false, 'node', 'timer'],
    )

    await build({ root })
    const host = await startChild(
      join(root, 'local', 'services', 'host.ts'),
      { appDirectory: root, port: 0, settings: settings.Values, durableDirectory: temporaryFolder() },
      { name: 'The host' },
    )
    t.after(() => host.stop())
    const { url } = host.ready as { url: string }
    const producer = new EventHubProducerClient(settings.Values['EventHubConnection']!, 'clickstream')
    t.after(() => producer.close())
    const now = Date.now()
    const events = Array.from({ length: 20 }, (_, i) => ({
      body: {
        source: 's1',
        id: String(i),
        type: 'page_view',
        time: new Date(now).toISOString(),
        userId: 'u1',
        url: 'https://x.example/a',
      },
    }))
    await producer.sendBatch(events, { partitionId: '0' })
    await untilStatus(url, ({ streams }) => streams['clickstream']!.ledger.accepted === 20)
    assert.equal(await untilViews(url, now), 20)

    await host.stop()
    emulators.child.kill('SIGINT')
    assert.equal(await emulators.ended, 0, emulators.output())
  },
)

const untilViews = async (url: string, now: number): Promise<unknown> => {
  const minute = Math.floor(now / 60_000) * 60_000
  for (let attempt = 0; ; attempt += 1) {
    const [answer] = await readRollup(url, 'clickstream', 'pages', { from: minute - 60_000, to: minute + 60_000 })
    const group = answer!.windows.flatMap(({ groups }) => groups ?? []).find(({ key }) => key['page'] === '/a')
    if (group !== undefined || attempt > 100) return group?.metrics['views']
    await sleep(200)
  }
}

test('the emulators refuse what they do not know, and start nothing', async (t) => {
  const emulators = start(t, ['--wirte'], 'emulators.ts')
  assert.equal(await emulators.ended, 1)
  assert.match(emulators.output(), /^Nothing was started: Unknown option '--wirte'/)
  assert.match(emulators.output(), /--write +write local\.settings\.json/)
})
