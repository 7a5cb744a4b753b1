import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAzdParameters } from '../../infra/checks/parameters.ts'
import { deploymentOutputs, readDeployment } from '../../infra/hooks/environment.ts'
import { removeCapacityKeeper } from '../../infra/hooks/capacity-keeper.ts'
import { budgetStart, parametersFrom, preflightProblems, providersFor } from '../../infra/hooks/preflight.ts'
import { checkRegion, registerProviders, wakeSqlPool } from '../../infra/hooks/subscription.ts'
import { root } from './copy.ts'
import { startFakeAzure } from './fake-azure.ts'

const environment = {
  AZURE_ENV_NAME: 'dev',
  AZURE_LOCATION: 'westeurope',
  AZURE_PRINCIPAL_ID: '11111111-1111-1111-1111-111111111111',
}
const parametersWith = (more: Readonly<Record<string, string>> = {}) =>
  parametersFrom(readAzdParameters(root), { ...environment, ...more })

test('what azd deploys unless told otherwise has no problem', () => {
  assert.deepEqual(preflightProblems(parametersWith()), [])
})

test('what azd finds out by itself may still be open', () => {
  assert.deepEqual(preflightProblems(parametersWith({ AZURE_LOCATION: '', AZURE_PRINCIPAL_ID: '' })), [])
})

test('every problem is named at once', () => {
  const problems = preflightProblems(
    parametersWith({
      AZURE_ENV_NAME: 'My Environment',
      AZURE_PRINCIPAL_ID: 'me',
      AZURE_PRINCIPAL_TYPE: 'Robot',
      MILLRACE_APP_ACCESS: 'private',
      MILLRACE_ALLOWED_IP_ADDRESSES: '203.0.113.7, 203.0.113.8',
      MILLRACE_ALERT_EMAILS: 'nobody',
      MILLRACE_COSMOS_MAX_THROUGHPUT: '1500',
      MILLRACE_EVENT_HUBS_CAPACITY: '8',
      MILLRACE_DEPLOY_SYNAPSE: 'false',
      MILLRACE_DEPLOY_SQL_POOL: 'true',
      MILLRACE_DEPLOY_ANALYSIS_SERVICES: 'true',
      MILLRACE_BI_CAPACITY: 'fabric',
    }),
  )
  assert.deepEqual(
    problems.map((problem) => problem.split(':')[0]),
    [
      'environmentName',
      'principalId',
      'principalType',
      'appAccess',
      'allowedIpAddresses',
      'alertEmails',
      'cosmosMaxThroughput',
      'eventHubsMaxCapacity',
      'deploySqlPool',
      'analysisServicesAdministrators',
      'biAdministrators',
    ],
  )
  assert.equal(problems[8], 'deploySqlPool: needs deploySynapse')
})

test('an environment name may have 24 characters and no more', () => {
  assert.deepEqual(preflightProblems(parametersWith({ AZURE_ENV_NAME: 'e'.repeat(24) })), [])
  assert.equal(preflightProblems(parametersWith({ AZURE_ENV_NAME: 'e'.repeat(25) })).length, 1)
})

test('providers are registered for what is deployed and for nothing else', () => {
  assert.ok(!providersFor(parametersWith({ MILLRACE_DEPLOY_SYNAPSE: 'false' })).includes('Microsoft.Synapse'))
  assert.ok(providersFor(parametersWith({ MILLRACE_BI_CAPACITY: 'fabric' })).includes('Microsoft.Fabric'))
})

test('a provider that is registered is left alone, another is registered', async () => {
  const azure = await startFakeAzure(({ path }) => ({
    status: 200,
    body: { registrationState: path.includes('Microsoft.App') ? 'NotRegistered' : 'Registered' },
  }))
  for (const { run } of registerProviders(azure, 'sub', parametersWith())) await run()
  assert.deepEqual(
    azure.calls.filter(({ method }) => method === 'POST').map(({ path }) => path),
    ['/subscriptions/sub/providers/Microsoft.App/register?api-version=2021-04-01'],
  )
})

test('a region without Flex Consumption or Synapse is refused, naming those that have it', async () => {
  const azure = await startFakeAzure(({ path }) =>
    path.includes('geoRegions')
      ? { status: 200, body: { value: [{ name: 'West Europe' }, { name: 'Sweden Central' }] } }
      : { status: 200, body: { resourceTypes: [{ resourceType: 'workspaces', locations: ['West Europe'] }] } },
  )
  await checkRegion(azure, 'sub', parametersWith()).run()
  await assert.rejects(
    checkRegion(azure, 'sub', parametersWith({ AZURE_LOCATION: 'mars' })).run(),
    /^TerminalError: mars has no Flex Consumption\. These have: Sweden Central, West Europe\. Choose one with azd env set AZURE_LOCATION\.$/,
  )
  await assert.rejects(
    checkRegion(azure, 'sub', parametersWith({ AZURE_LOCATION: 'swedencentral' })).run(),
    /swedencentral has no Synapse/,
  )
})

for (const { status, resumes } of [
  { status: 'Paused', resumes: true },
  { status: 'Online', resumes: false },
]) {
  test(`a SQL pool that is ${status} is ${resumes ? '' : 'not '}resumed before a deployment`, async () => {
    const azure = await startFakeAzure(() => ({ status: 200, body: { properties: { status } } }))
    await wakeSqlPool(azure, { subscriptionId: 'sub', resourceGroup: 'rg' }, 'syn-1', 'dw').run()
    assert.equal(
      azure.calls.some(({ method, path }) => method === 'POST' && path.includes('/sqlPools/dw/resume')),
      resumes,
    )
  })
}

test('a budget begins on the first of the month', () => {
  assert.equal(budgetStart(new Date('2026-11-25T22:00:00Z')), '2026-11-01')
})

test('every output that hooks read is read, and one that is missing is named', () => {
  const read: string[] = []
  const recording = new Proxy(
    {},
    {
      get: (_target, name) => {
        read.push(String(name))
        return 'value'
      },
    },
  )
  readDeployment(recording)
  assert.deepEqual(read.filter((name) => name !== 'AZURE_SUBSCRIPTION_ID').sort(), [...deploymentOutputs].sort())
  assert.throws(
    () =>
      readDeployment({
        AZURE_SUBSCRIPTION_ID: 's',
        AZURE_RESOURCE_GROUP: 'rg',
        APP_NAME: 'f',
        APP_URL: 'u',
        LAKE_NAME: 'l',
        COSMOS_NAME: 'c',
        NETWORK_MODE: 'public',
      }),
    /^TerminalError: The azd environment has no APP_PRINCIPAL_ID: provision first/,
  )
})

test('before everything is deleted our custom role goes with its assignments, and no other role', async () => {
  const azure = await startFakeAzure(({ method, path }) => {
    if (method === 'DELETE') return { status: 200 }
    return path.includes('roleDefinitions')
      ? {
          status: 200,
          body: {
            value: [
              { name: 'r1', properties: { roleName: 'Millrace capacity keeper x' } },
              { name: 'r2', properties: { roleName: 'Another' } },
            ],
          },
        }
      : {
          status: 200,
          body: {
            value: [
              { name: 'a1', properties: { roleDefinitionId: '/x/roleDefinitions/r1' } },
              { name: 'a2', properties: { roleDefinitionId: '/x/roleDefinitions/r2' } },
            ],
          },
        }
  })
  await removeCapacityKeeper(azure, { subscriptionId: 'sub', resourceGroup: 'rg' }).run()
  assert.deepEqual(
    azure.calls
      .filter(({ method }) => method === 'DELETE')
      .map(({ path }) => path.replace(/^.*Authorization\//, '').replace(/\?.*/, '')),
    ['roleAssignments/a1', 'roleDefinitions/r1'],
  )
})
