import { memoryShardState } from '../../shared/adapters/memory/shard-state.ts'
import { azureShardState } from '../../shared/adapters/azure/shard-state.ts'
import { startCosmosWorld } from '../support/cosmos-world.ts'
import { nextWrite } from '../support/next-write.ts'
import { describeShardState } from './shard-state.ts'

describeShardState('memory', async () => {
  const { faults, failNextWrite } = nextWrite(['state.commit', 'state.deleteOutbox'])
  return { port: memoryShardState({ faults }), failNextWrite, close: () => Promise.resolve() }
})

describeShardState('Cosmos DB', async () => {
  const world = await startCosmosWorld()
  return {
    port: azureShardState(world.container('state')),
    failNextWrite: (when) => world.line.cut(when),
    close: () => world.close(),
  }
})
