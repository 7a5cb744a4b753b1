import { azureControl } from '../../shared/adapters/azure/control.ts'
import { memoryControl } from '../../shared/adapters/memory/control.ts'
import { startCosmosWorld } from '../support/cosmos-world.ts'
import { nextWrite } from '../support/next-write.ts'
import { describeControl } from './control.ts'

describeControl('memory', async () => {
  const { faults, failNextWrite } = nextWrite(['control.write'])
  return Promise.resolve({ port: memoryControl({ faults }), failNextWrite, close: () => Promise.resolve() })
})

describeControl('Cosmos DB', async () => {
  const world = await startCosmosWorld()
  return {
    port: azureControl(world.container('control')),
    failNextWrite: (when) => world.line.cut(when),
    close: () => world.close(),
  }
})
