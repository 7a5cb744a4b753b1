/** Before everything is deleted: what would be left behind. azd itself asks whether to go on. */
import { removeCapacityKeeper } from './capacity-keeper.ts'
import { readDeployment } from './environment.ts'
import { runHook } from './run-hook.ts'

await runHook((context) => {
  const deployment = readDeployment(context.environment)
  context.log(
    `This deletes ${deployment.resourceGroup}: the captured events of the lake and the documents of Cosmos DB with it.`,
  )
  return [removeCapacityKeeper(context, deployment)]
})
