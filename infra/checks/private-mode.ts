/** Private mode is complete or it is broken: each service that is closed needs an endpoint, a zone, a link, and the app a subnet. */
import type { Finding } from './finding.ts'
import { at, isPrivate, ofType, type Resource, type Snapshot, type Snapshots } from './snapshot.ts'

interface Need {
  readonly type: string
  readonly group: string
  readonly zones: readonly string[]
  readonly applies?: (resource: Resource) => boolean
}

const storageNeed = (group: string, applies?: Need['applies']): Need => ({
  type: 'Microsoft.Storage/storageAccounts',
  group,
  zones: [`privatelink.${group}.core.windows.net`],
  ...(applies === undefined ? {} : { applies }),
})
const isLake = (resource: Resource): boolean => at(resource, 'properties.isHnsEnabled') === true
const isHostStorage = (resource: Resource): boolean => !isLake(resource)

/** From https://learn.microsoft.com/azure/private-link/private-endpoint-dns. */
const needs: readonly Need[] = [
  storageNeed('blob'),
  storageNeed('queue', isHostStorage),
  storageNeed('table', isHostStorage),
  storageNeed('dfs', isLake),
  { type: 'Microsoft.EventHub/namespaces', group: 'namespace', zones: ['privatelink.servicebus.windows.net'] },
  { type: 'Microsoft.DocumentDB/databaseAccounts', group: 'Sql', zones: ['privatelink.documents.azure.com'] },
  { type: 'Microsoft.Synapse/workspaces', group: 'Dev', zones: ['privatelink.dev.azuresynapse.net'] },
  { type: 'Microsoft.Synapse/workspaces', group: 'Sql', zones: ['privatelink.sql.azuresynapse.net'] },
  { type: 'Microsoft.Synapse/workspaces', group: 'SqlOnDemand', zones: ['privatelink.sql.azuresynapse.net'] },
  { type: 'Microsoft.Synapse/privateLinkHubs', group: 'Web', zones: ['privatelink.azuresynapse.net'] },
  { type: 'Microsoft.KeyVault/vaults', group: 'vault', zones: ['privatelink.vaultcore.azure.net'] },
  {
    type: 'Microsoft.Web/sites',
    group: 'sites',
    zones: ['privatelink.azurewebsites.net'],
    applies: (resource) => at(resource, 'properties.publicNetworkAccess') === 'Disabled',
  },
  {
    type: 'Microsoft.Insights/privateLinkScopes',
    group: 'azuremonitor',
    zones: [
      'privatelink.monitor.azure.com',
      'privatelink.oms.opinsights.azure.com',
      'privatelink.ods.opinsights.azure.com',
      'privatelink.agentsvc.azure-automation.net',
      'privatelink.blob.core.windows.net',
    ],
  },
]

export const checkPrivateMode = (snapshots: Snapshots): Finding[] =>
  [...snapshots].flatMap(([set, snapshot]) =>
    isPrivate(snapshot)
      ? [...missingWays(snapshot), ...missingNetwork(snapshot)].map((finding) => ({
          ...finding,
          where: `${set}: ${finding.where}`,
        }))
      : ofType(snapshot, 'Microsoft.Network/privateEndpoints').map(({ name }) => ({
          rule: 'endpoint-in-public-mode',
          where: `${set}: ${name}`,
          message: 'public mode has no private endpoints',
        })),
  )

const missingWays = (snapshot: Snapshot): Finding[] =>
  needs.flatMap(({ type, group, zones, applies = () => true }) =>
    ofType(snapshot, type)
      .filter(applies)
      .flatMap((resource): Finding[] => {
        const where = `${type} ${resource.name}`
        const endpoint = ofType(snapshot, 'Microsoft.Network/privateEndpoints').find((candidate) => {
          const connection = at(candidate, 'properties.privateLinkServiceConnections.0.properties')
          return at(connection, 'privateLinkServiceId') === resource.id && at(connection, 'groupIds.0') === group
        })
        if (endpoint === undefined) return [{ rule: 'missing-private-endpoint', where, message: `none for ${group}` }]
        return zones.flatMap((zone) =>
          missingNames(snapshot, endpoint, zone).map((message) => ({ rule: 'missing-private-zone', where, message })),
        )
      }),
  )

/** What keeps the name of an endpoint from resolving to its private address. */
const missingNames = (snapshot: Snapshot, endpoint: Resource, zone: string): string[] => {
  const group = ofType(snapshot, 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups').find(
    ({ name }) => name === `${endpoint.name}/default`,
  )
  const configs = (at(group, 'properties.privateDnsZoneConfigs') ?? []) as readonly unknown[]
  const isRegistered = configs.some((config) =>
    String(at(config, 'properties.privateDnsZoneId')).endsWith(`/privateDnsZones/${zone}`),
  )
  const hasZone = ofType(snapshot, 'Microsoft.Network/privateDnsZones').some(({ name }) => name === zone)
  const isLinked = ofType(snapshot, 'Microsoft.Network/privateDnsZones/virtualNetworkLinks').some(({ name }) =>
    name.startsWith(`${zone}/`),
  )
  return [
    ...(isRegistered ? [] : [`${endpoint.name} is not registered in ${zone}`]),
    ...(hasZone ? [] : [`there is no zone ${zone}`]),
    ...(isLinked ? [] : [`${zone} is not linked to the network`]),
  ]
}

const missingNetwork = (snapshot: Snapshot): Finding[] => {
  const subnets = ofType(snapshot, 'Microsoft.Network/virtualNetworks').flatMap(
    (network) => (at(network, 'properties.subnets') ?? []) as readonly unknown[],
  )
  const isDelegated = subnets.some(
    (subnet) =>
      at(subnet, 'properties.delegations.0.properties.serviceName') === 'Microsoft.App/environments' &&
      at(subnet, 'properties.natGateway.id') !== undefined,
  )
  const unconnected = ofType(snapshot, 'Microsoft.Web/sites').filter(
    (site) => !String(at(site, 'properties.virtualNetworkSubnetId')).includes('/subnets/snet-app'),
  )
  return [
    ...(isDelegated
      ? []
      : [
          {
            rule: 'missing-subnet',
            where: 'network',
            message: 'none is delegated to Microsoft.App/environments with a way out',
          },
        ]),
    ...unconnected.map(({ name }) => ({
      rule: 'missing-subnet',
      where: `app ${name}`,
      message: 'the app is not in the network',
    })),
  ]
}
