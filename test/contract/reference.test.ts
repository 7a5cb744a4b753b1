import { azureReference } from '../../shared/adapters/azure/reference.ts'
import { memoryReference } from '../../shared/adapters/memory/reference.ts'
import { startCosmosWorld } from '../support/cosmos-world.ts'
import { nextWrite } from '../support/next-write.ts'
import { describeReference } from './reference.ts'

describeReference('memory', async () => {
  const { faults, failNextWrite } = nextWrite(['reference.putPart', 'reference.createVersion'])
  return Promise.resolve({ port: memoryReference({ faults }), failNextWrite, close: () => Promise.resolve() })
})

describeReference('Cosmos DB', async () => {
  const world = await startCosmosWorld()
  return {
    port: azureReference(world.container('reference')),
    failNextWrite: (when) => world.line.cut(when),
    close: () => world.close(),
  }
})
