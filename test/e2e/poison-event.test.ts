import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CosmosClient } from '@azure/cosmos'
import { EventHubProducerClient } from '@azure/event-hubs'
import type { DeadLetterDocument } from '../../shared/contracts/state-documents.ts'
import { databaseName } from '../../shared/contracts/containers.ts'
import { startMillrace, untilStatus } from '../support/millrace.ts'

test(
  'one malformed body among 99 good ones becomes one dead letter with its bytes',
  { timeout: 120_000 },
  async (t) => {
    const millrace = await startMillrace(t, {})
    const producer = new EventHubProducerClient(millrace.eventHubs, 'clickstream')
    t.after(() => producer.close())
    const time = new Date().toISOString()
    const events = Array.from({ length: 100 }, (_, i) => ({
      body:
        i === 57
          ? Buffer.from('{"source":"s1",\xff', 'latin1')
          : Buffer.from(
              JSON.stringify({
                source: 's1',
                id: String(i),
                type: 'page_view',
                time,
                userId: 'u1',
                url: 'https://x.example/',
              }),
            ),
      properties: { Shift: 'night' },
    }))
    await producer.sendBatch(events, { partitionId: '2' })
    const status = await untilStatus(millrace.url, ({ streams }) => streams['clickstream']!.ledger.dead === 1)
    const { ledger } = status.streams['clickstream']!
    assert.deepEqual([ledger.received - ledger.control, ledger.accepted, ledger.dead], [100, 99, 1])

    const letters = await untilLetters(millrace.cosmos)
    assert.equal(letters.length, 1)
    const [letter] = letters
    assert.deepEqual(Buffer.from(letter!.body, 'base64'), events[57]!.body)
    assert.deepEqual(
      [letter!.stream, letter!.partition, letter!.sequence, letter!.step, letter!.reason, letter!.properties],
      // The Functions host lower-cases the first letter of property names.
      ['clickstream', '2', 57, 'decode', 'malformed', { shift: 'night' }],
    )
  },
)

const untilLetters = async (connectionString: string): Promise<DeadLetterDocument[]> => {
  const client = new CosmosClient(connectionString)
  try {
    for (let attempt = 0; ; attempt += 1) {
      const container = client.database(databaseName).container('deadLetters')
      const { resources } = await container.items.query<DeadLetterDocument>('SELECT * FROM c').fetchAll()
      if (resources.length > 0 || attempt > 100) return resources
      await sleep(200)
    }
  } finally {
    client.dispose()
  }
}
