/** What the twenty seeded defects do not touch. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkParameters } from '../../infra/checks/parameters.ts'
import { checkDescriptions, checkOrder, checkSyntax, readSources } from '../../infra/checks/source-checks.ts'
import { checkSnapshots } from '../../infra/checks/snapshot-checks.ts'
import { ofType, readSnapshots, type Resource } from '../../infra/checks/snapshot.ts'
import { createBicepReader } from '../../infra/checks/bicep-source.ts'
import { compareSnapshots } from '../../infra/checks/compile.ts'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkWatching } from '../../infra/checks/watching.ts'
import { copyOfInfra, edit, root } from './copy.ts'

const committed = readSnapshots(root)

test('every Bicep file parses, is described and deploys in order', async () => {
  const sources = await readSources(root, root)
  assert.ok(sources.size >= 25)
  assert.deepEqual([...checkSyntax(sources), ...checkDescriptions(sources), ...checkOrder(sources)], [])
})

const sourceDefects: readonly (readonly [rule: string, file: string, from: string, to: string])[] = [
  [
    'unparsed',
    'infra/modules/lake.bicep',
    'var rawActions = union(rawToCool, rawDelete)',
    'var rawActions = { ...rawToCool }',
  ],
  ['undescribed', 'infra/modules/lake.bicep', "@description('Required. Region of the account.')\n", ''],
  ['undescribed', 'infra/modules/lake.bicep', 'Required. Region', 'Region'],
  ['deployment-order', 'infra/main.bicep', 'dependsOn: [eventHubsNamespace, roles]', 'dependsOn: [eventHubsNamespace]'],
]

for (const [rule, file, from, to] of sourceDefects) {
  test(`a seeded defect is found in the sources: ${rule} by ${from.trim()}`, async () => {
    const copy = copyOfInfra()
    edit(copy, file, from, to)
    const sources = await readSources(copy, root)
    const found = [...checkSyntax(sources), ...checkDescriptions(sources), ...checkOrder(sources)]
    assert.ok(found.length > 0 && found.every((finding) => finding.rule === rule), JSON.stringify(found))
  })
}

test('azd deploys what dev-public says, and a difference is found either way', () => {
  assert.deepEqual(checkParameters(root), [])
  const copy = copyOfInfra()
  edit(copy, 'infra/main.parameters.json', 'MILLRACE_ENABLE_CAPTURE=false', 'MILLRACE_ENABLE_CAPTURE=true')
  edit(copy, 'infra/params/dev-public.bicepparam', "param biAdministrators = ''\n", '')
  assert.deepEqual(
    checkParameters(copy).map(({ message }) => message.split(':')[0]),
    ['enableCapture', 'biAdministrators'],
  )
})

/** A resource that is taken away, and the rule that misses it. */
const removed: readonly (readonly [set: string, type: string, name: string, rule: string])[] = [
  ['prod-private', 'Microsoft.Network/privateDnsZones', 'privatelink.documents.azure.com', 'missing-private-zone'],
  ['prod-private', 'Microsoft.Network/privateDnsZones/virtualNetworkLinks', 'privatelink.dfs', 'missing-private-zone'],
  ['prod-private', 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups', 'pe-app/default', 'missing-private-zone'],
  ['prod-private', 'Microsoft.Network/virtualNetworks', 'vnet-', 'missing-subnet'],
  ['dev-public', 'Microsoft.EventHub/namespaces/eventhubs/consumergroups', '/telemetry/repair', 'wrong-hub'],
  ['dev-public', 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers', '/leases', 'missing-container'],
  ['dev-public', 'Microsoft.Web/sites/basicPublishingCredentialsPolicies', '/scm', 'publishing-password'],
  ['dev-public', 'Microsoft.Web/sites', 'func-', 'azd-service'],
  [
    'everything-on-public',
    'Microsoft.Synapse/workspaces/sqlPools/transparentDataEncryption',
    'dw/current',
    'encryption',
  ],
]

for (const [set, type, name, rule] of removed) {
  test(`a resource that is missing is missed: ${type} ${name} by ${rule}`, () => {
    const snapshot = committed.get(set)!
    const left = snapshot.predictedResources.filter((one) => !(one.type === type && one.name.includes(name)))
    assert.ok(left.length < snapshot.predictedResources.length)
    const found = checkSnapshots(root, new Map([...committed, [set, { ...snapshot, predictedResources: left }]]))
    assert.ok(
      found.some((finding) => finding.rule === rule),
      JSON.stringify(found),
    )
  })
}

test('what is watched has a diagnostic setting, each', () => {
  const snapshot = committed.get('everything-on-private')!
  const settings = ofType(snapshot, 'Microsoft.Insights/diagnosticSettings')
  assert.ok(settings.length >= 15)
  for (const setting of settings) {
    const predictedResources = snapshot.predictedResources.filter((one: Resource) => one !== setting)
    const found = checkWatching(new Map([['everything-on-private', { ...snapshot, predictedResources }]]))
    assert.deepEqual(
      found.map(({ rule }) => rule),
      ['missing-diagnostics'],
    )
  }
})

test('an exemption that nothing needs is a finding', () => {
  const privateOnly = new Map([...committed].filter(([, { outputs }]) => outputs['NETWORK_MODE'] === 'private'))
  const unused = checkSnapshots(root, privateOnly).filter(({ rule }) => rule === 'unused-exemption')
  assert.ok(unused.length >= 8)
})

test('names are checked with the longest environment name that there may be', async () => {
  const read = await createBicepReader(root)
  const { declarations } = read(readFileSync(join(root, 'infra', 'main.bicep'), 'utf8'))
  const longest = declarations.find(({ name }) => name === 'environmentName')?.maxLength
  const tags = committed.get('everything-on-private')?.predictedResources[0]?.['tags'] as { 'azd-env-name': string }
  assert.equal(tags['azd-env-name'].length, longest)
})

test('a snapshot that differs is told resource by resource', () => {
  const snapshot = committed.get('everything-off')!
  const [first, second, ...others] = snapshot.predictedResources
  const changed = { ...snapshot, predictedResources: [{ ...second!, location: 'mars' }, ...others] }
  assert.deepEqual(
    compareSnapshots(committed, new Map([['everything-off', changed]])).map(({ message }) => message.split(':')[0]),
    [`${first!.type} ${first!.name} is gone`, `${second!.type} ${second!.name} has changed`],
  )
})
