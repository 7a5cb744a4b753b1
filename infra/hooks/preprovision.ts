/** Before anything is deployed: what can be known to go wrong, and what has to be there. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { TerminalError } from '../../shared/errors.ts'
import { readAzdParameters } from '../checks/parameters.ts'
import { budgetStart, parametersFrom, preflightProblems } from './preflight.ts'
import { runHook } from './run-hook.ts'
import { checkRegion, registerProviders, wakeSqlPool } from './subscription.ts'

await runHook(({ rest, endpoints, environment, log }) => {
  const parameters = parametersFrom(readAzdParameters(join(import.meta.dirname, '..', '..')), environment)
  const problems = preflightProblems(parameters)
  if (problems.length > 0) throw new TerminalError(`This cannot be deployed as it is set:\n  ${problems.join('\n  ')}`)
  const subscriptionId = environment['AZURE_SUBSCRIPTION_ID'] ?? ''
  if (subscriptionId === '') log('The subscription is not chosen yet: its regions and providers are not looked at.')
  const ports = { rest, endpoints }
  const [workspace, pool] = [environment['SYNAPSE_NAME'], environment['SQL_POOL_NAME']]
  const where = { subscriptionId, resourceGroup: environment['AZURE_RESOURCE_GROUP'] ?? '' }
  return [
    ...(subscriptionId && parameters['location'] ? [checkRegion(ports, subscriptionId, parameters)] : []),
    ...(subscriptionId ? registerProviders(ports, subscriptionId, parameters) : []),
    ...(workspace && pool ? [wakeSqlPool(ports, where, workspace, pool)] : []),
    ...(parameters['budgetStartDate'] === '' ? [rememberBudgetStart(log)] : []),
  ]
})

function rememberBudgetStart(log: (line: string) => void) {
  const start = budgetStart(new Date())
  return {
    what: `let the budget begin on ${start}`,
    run: async () => {
      const { status } = spawnSync('azd', ['env', 'set', 'MILLRACE_BUDGET_START_DATE', start], { stdio: 'inherit' })
      if (status !== 0)
        log('  azd did not take the date: there will be no budget until MILLRACE_BUDGET_START_DATE is set.')
      await Promise.resolve()
    },
  }
}
