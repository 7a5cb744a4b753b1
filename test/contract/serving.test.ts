import { memoryServing } from '../../shared/adapters/memory/serving.ts'
import { azureServing } from '../../shared/adapters/azure/serving.ts'
import { startCosmosWorld } from '../support/cosmos-world.ts'
import { nextWrite } from '../support/next-write.ts'
import { describeServing } from './serving.ts'

describeServing('memory', async () => {
  const { faults, failNextWrite } = nextWrite(['serving.write', 'serving.writeFrontier'])
  return { port: memoryServing({ faults }), failNextWrite, close: () => Promise.resolve() }
})

describeServing('Cosmos DB', async () => {
  const world = await startCosmosWorld()
  return {
    port: azureServing(world.container('serving')),
    failNextWrite: (when) => world.line.cut(when),
    close: () => world.close(),
  }
})
