/** What the adapter over Event Hubs makes of refusals, over the wire and through the SDK. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { azureHub } from '../../shared/adapters/azure/hub.ts'
import { RetryableError, TerminalError } from '../../shared/errors.ts'
import type { Hub } from '../../shared/ports/hub.ts'
import { startEventHubsWorld, type EventHubsWorld } from '../support/event-hubs-world.ts'

suite('errors of Event Hubs', () => {
  let world: EventHubsWorld
  before(async () => {
    world = await startEventHubsWorld(2)
  })
  after(() => world.close())

  const requestsTo = (hub: Hub): readonly (() => Promise<unknown>)[] => [
    () => hub.properties(),
    () => hub.partition('0'),
    () => Array.fromAsync(hub.read('0', 0, 0)),
    () => hub.sendHeartbeat('0'),
  ]

  test('a hub that does not exist has to be created', async () => {
    for (const request of requestsTo(azureHub(world.clients('nowhere')))) {
      await assert.rejects(request(), isTerminal(/the hub or consumer group does not exist\. Create it/))
    }
  })

  test('so has the consumer group for reads', async () => {
    const hub = azureHub(world.clients('without-group'))
    await hub.sendHeartbeat('0')
    await assert.rejects(Array.fromAsync(hub.read('0', 0, 0)), isTerminal(/consumer group does not exist/))
  })

  test('a wrong key is refused without being repeated', async () => {
    const hub = azureHub(world.clients(undefined, (own) => own.replace('SAS_KEY_VALUE', 'geheim')))
    await Promise.all(
      requestsTo(hub).map((request) =>
        assert.rejects(request(), (error: Error) => {
          assert.ok(!error.message.includes('geheim'))
          return isTerminal(/Check EventHubConnection/)(error)
        }),
      ),
    )
  })

  test('a namespace that cannot be reached may come back', async () => {
    const own = await startEventHubsWorld(1)
    const hub = azureHub(own.clients())
    await own.stopServer()
    await Promise.all(requestsTo(hub).map((request) => assert.rejects(request(), RetryableError)))
    await own.close()
  })
})

const isTerminal = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof TerminalError, String(error))
  assert.match(error.message, message)
  return true
}
