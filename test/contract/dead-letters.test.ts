import { memoryDeadLetters } from '../../shared/adapters/memory/dead-letters.ts'
import { azureDeadLetters } from '../../shared/adapters/azure/dead-letters.ts'
import type { DeadLetterDocument } from '../../shared/contracts/state-documents.ts'
import { startCosmosWorld } from '../support/cosmos-world.ts'
import { nextWrite } from '../support/next-write.ts'
import { describeDeadLetters } from './dead-letters.ts'

describeDeadLetters('memory', async () => {
  const { faults, failNextWrite } = nextWrite(['deadLetters.put'])
  const port = memoryDeadLetters({ faults })
  return { port, failNextWrite, stored: () => Promise.resolve(port.all()), close: () => Promise.resolve() }
})

describeDeadLetters('Cosmos DB', async () => {
  const world = await startCosmosWorld()
  const container = world.container('deadLetters')
  return {
    port: azureDeadLetters(container),
    failNextWrite: (when) => world.line.cut(when),
    stored: async () => (await container.items.readAll<DeadLetterDocument>().fetchAll()).resources,
    close: () => world.close(),
  }
})
