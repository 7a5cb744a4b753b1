import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type { Deployment } from '../../infra/hooks/environment.ts'
import { postprovisionSteps, referenceSteps } from '../../infra/hooks/postprovision-steps.ts'
import { runSteps } from '../../infra/hooks/step.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startFakeAzure, type Call, type FakeAnswer } from './fake-azure.ts'

const folder = temporaryFolder()

const worldOf = (files: Readonly<Record<string, string>>): string => {
  const root = mkdtempSync(join(folder, 'world-'))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  return root
}

const artifact = (name: string, properties: object): string => JSON.stringify({ name, properties })

const world = worldOf({
  'synapse/jobs/silver.py': 'print(1)',
  'synapse/jobs/wheels/lake-1.0.0-py3-none-any.whl': 'wheel',
  'synapse/linkedService/lake.json': artifact('lake', { url: 'https://${LAKE_NAME}.dfs.core.windows.net' }),
  'synapse/linkedService/syn-WorkspaceDefaultStorage.json': artifact('syn-WorkspaceDefaultStorage', {}),
  'synapse/sparkJobDefinition/silver.json': artifact('silver', { jobProperties: { file: '${CODE_PATH}/silver.py' } }),
  'synapse/pipeline/cold.json': artifact('cold', {
    activities: [{ sparkJob: { referenceName: 'silver', type: 'SparkJobDefinitionReference' } }],
  }),
  'synapse/trigger/nightly.json': artifact('nightly', {
    runtimeState: 'Started',
    pipelines: [{ pipelineReference: { referenceName: 'cold', type: 'PipelineReference' } }],
  }),
  'reference/devices.json': '{"records":[{"id":"d1"}]}',
})

const deploymentAt = (url: string, more: Partial<Deployment> = {}): Deployment => ({
  subscriptionId: 'sub',
  resourceGroup: 'rg',
  appName: 'func-1',
  appUrl: `${url}/app`,
  appPrincipalId: '55555555-5555-5555-5555-555555555555',
  lakeName: 'stlake1',
  cosmosName: 'cosmos-1',
  synapseName: 'syn-1',
  sqlPoolName: undefined,
  isPrivate: false,
  ...more,
})

/** What Azure answers once everything is deployed. */
const ready = ({ method, path }: Call): FakeAnswer => {
  if (path.includes('/host/default/listkeys')) return { status: 200, body: { masterKey: 'master' } }
  if (method === 'GET' && path.includes('privateEndpointConnections')) {
    const pending = { properties: { privateLinkServiceConnectionState: { status: 'Pending' } } }
    return {
      status: 200,
      body: {
        value: [
          { name: 'syn-1.millrace-lake.1', ...pending },
          { name: 'syn-1.millrace-cosmos.2', ...pending },
        ],
      },
    }
  }
  if (method === 'GET' && path.startsWith('/subscriptions'))
    return { status: 200, body: { properties: { provisioningState: 'Succeeded' } } }
  return { status: 200, body: {} }
}

const written = (calls: readonly Call[]): string[] =>
  calls
    .filter(({ method }) => method !== 'GET')
    .map(
      ({ method, path }) =>
        `${method} ${path
          .replace(/\?.*/, '')
          .replace(/jobs\/[0-9a-f]{16}/, 'jobs/HASH')
          .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, 'UUID')}`,
    )

test('the workspace is waited for, then roles, code, artifacts in order of their references, and reference data', async () => {
  const azure = await startFakeAzure((call, before) =>
    call.path.includes('bigDataPools') && before === 0
      ? { status: 200, body: { properties: { provisioningState: 'Provisioning' } } }
      : ready(call),
  )
  await runSteps(postprovisionSteps(azure, deploymentAt(azure.url), world), { isDryRun: false, log: () => undefined })
  assert.deepEqual(written(azure.calls), [
    'PUT /synapse/roleAssignments/UUID',
    'PUT /synapse/roleAssignments/UUID',
    'PUT /synapse/roleAssignments/UUID',
    'PUT /lake/code/jobs/HASH/silver.py',
    'PUT /lake/code/jobs/HASH/wheels/lake-1.0.0-py3-none-any.whl',
    'PUT /synapse/linkedservices/lake',
    'PUT /synapse/sparkJobDefinitions/silver',
    'PUT /synapse/pipelines/cold',
    'POST /synapse/triggers/nightly/stop',
    'PUT /synapse/triggers/nightly',
    'POST /synapse/triggers/nightly/start',
    'POST /subscriptions/sub/resourceGroups/rg/providers/Microsoft.Web/sites/func-1/host/default/listkeys',
    'PUT /app/api/manage/reference/devices',
  ])
  assert.deepEqual(azure.waits, [15_000])
  const bodyOf = (part: string) => azure.calls.find(({ path }) => path.includes(part))?.text ?? ''
  assert.match(bodyOf('linkedservices/lake'), /https:\/\/stlake1\.dfs\.core\.windows\.net/)
  assert.match(
    bodyOf('sparkJobDefinitions'),
    /abfss:\/\/code@stlake1\.dfs\.core\.windows\.net\/jobs\/[0-9a-f]{16}\/silver\.py/,
  )
  assert.deepEqual(
    azure.calls
      .filter(({ path }) => path.includes('roleAssignments'))
      .map(({ text }) => (JSON.parse(text) as { scope: string }).scope),
    ['workspaces/syn-1', 'workspaces/syn-1', 'workspaces/syn-1/credentials/WorkspaceSystemIdentity'],
  )
})

test('a second run finds everything there and asks for the same', async () => {
  const azure = await startFakeAzure((call) =>
    call.path.includes('roleAssignments') || call.path.startsWith('/lake/') ? { status: 409 } : ready(call),
  )
  const steps = (): Promise<void> =>
    runSteps(postprovisionSteps(azure, deploymentAt(azure.url), world), { isDryRun: false, log: () => undefined })
  await steps()
  const first = azure.calls.splice(0).map(({ method, path, text }) => ({ method, path, text }))
  await steps()
  assert.deepEqual(
    azure.calls.map(({ method, path, text }) => ({ method, path, text })),
    first,
  )
})

test('a dry run prints the plan and asks nothing of Azure', async () => {
  const azure = await startFakeAzure(ready)
  const lines: string[] = []
  await runSteps(postprovisionSteps(azure, deploymentAt(azure.url), world), {
    isDryRun: true,
    log: (line) => lines.push(line),
  })
  assert.deepEqual(azure.calls, [])
  assert.equal(lines.length, 12)
  assert.equal(lines[0], 'Would (1 of 12): wait for the workspace syn-1 and its Spark pool')
  assert.match(lines[7] ?? '', /put linkedService\/lake$/)
})

test('empty folders leave only the workspace and its roles', async () => {
  const azure = await startFakeAzure(ready)
  const steps = postprovisionSteps(azure, deploymentAt(azure.url), worldOf({ 'synapse/.keep': '', 'bi/.keep': '' }))
  await runSteps(steps, { isDryRun: false, log: () => undefined })
  assert.equal(written(azure.calls).length, 3)
})

test('without Synapse and reference data there is nothing to do', async () => {
  const azure = await startFakeAzure(ready)
  const lines: string[] = []
  const steps = postprovisionSteps(
    azure,
    deploymentAt(azure.url, { synapseName: undefined }),
    worldOf({ 'bi/.keep': '' }),
  )
  await runSteps(steps, { isDryRun: false, log: (line) => lines.push(line) })
  assert.deepEqual([lines, azure.calls], [['Nothing to do.'], []])
})

test('in private mode the managed network is connected to lake and documents, and each request approved', async () => {
  const azure = await startFakeAzure(ready)
  const steps = postprovisionSteps(azure, deploymentAt(azure.url, { isPrivate: true }), worldOf({}))
  await runSteps(steps, { isDryRun: false, log: () => undefined })
  assert.deepEqual(written(azure.calls).slice(3), [
    'PUT /synapse/managedVirtualNetworks/default/managedPrivateEndpoints/millrace-lake',
    'PUT /subscriptions/sub/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stlake1/privateEndpointConnections/syn-1.millrace-lake.1',
    'PUT /synapse/managedVirtualNetworks/default/managedPrivateEndpoints/millrace-cosmos',
    'PUT /subscriptions/sub/resourceGroups/rg/providers/Microsoft.DocumentDB/databaseAccounts/cosmos-1/privateEndpointConnections/syn-1.millrace-cosmos.2',
  ])
})

test('a machine that the firewall refuses is let in by the address that the refusal names', async () => {
  const shut = { error: { code: 'ClientIpAddressNotAuthorized', message: 'Client Ip address : 203.0.113.7' } }
  const azure = await startFakeAzure((call, before) =>
    call.path.startsWith('/synapse/roleDefinitions') && before < 3 ? { status: 403, body: shut } : ready(call),
  )
  const steps = postprovisionSteps(azure, deploymentAt(azure.url), worldOf({}))
  await runSteps(steps, { isDryRun: false, log: () => undefined })
  const rule = azure.calls.find(({ path }) => path.includes('/firewallRules/deployer'))
  assert.deepEqual(JSON.parse(rule?.text ?? ''), {
    properties: { startIpAddress: '203.0.113.7', endIpAddress: '203.0.113.7' },
  })
  assert.deepEqual(azure.waits, [15_000, 15_000])
  assert.equal(written(azure.calls).filter((call) => call.includes('/roleAssignments/')).length, 3)
})

test('a machine that is let in already changes no firewall', async () => {
  const azure = await startFakeAzure(ready)
  const steps = postprovisionSteps(azure, deploymentAt(azure.url), worldOf({}))
  await runSteps(steps, { isDryRun: false, log: () => undefined })
  assert.ok(!azure.calls.some(({ path }) => path.includes('firewallRules')))
})

test('reference data waits for the first deployment of the app, and then goes through its API with its key', async () => {
  let isThere = false
  const azure = await startFakeAzure((call) =>
    call.path === '/app/api/health' && !isThere ? { status: 404 } : ready(call),
  )
  const deployment = deploymentAt(azure.url, { synapseName: undefined })
  await runSteps(postprovisionSteps(azure, deployment, world), { isDryRun: false, log: () => undefined })
  assert.deepEqual(written(azure.calls), [])
  isThere = true
  await runSteps(referenceSteps(azure, deployment, world, { isAppExpected: true }), {
    isDryRun: false,
    log: () => undefined,
  })
  const put = azure.calls.find(({ method }) => method === 'PUT')
  assert.equal(put?.headers['x-functions-key'], 'master')
  assert.equal(put?.text, '{"records":[{"id":"d1"}]}')
})
