/** Before everything is deleted: what would be left behind. azd itself asks whether to go on. */
import { removeCapacityKeeper } from './capacity-keeper.ts'
import { runHook } from './run-hook.ts'

await runHook((context) => {
  const { AZURE_SUBSCRIPTION_ID: subscriptionId, AZURE_RESOURCE_GROUP: resourceGroup } = context.environment
  // A deployment that never ended has no outputs, and may be deleted all the same.
  if (!subscriptionId || !resourceGroup) return []
  context.log(`This deletes ${resourceGroup}: the captured events of the lake and the documents of Cosmos DB with it.`)
  return [removeCapacityKeeper(context, { subscriptionId, resourceGroup })]
})
