/** What a strict reviewer asks of every resource, whichever parameter set it belongs to. Exceptions are in exemptions.ts. */
import { exemptions } from './exemptions.ts'
import type { Finding } from './finding.ts'
import { at, isPrivate, ofType, ownName, type Resource, type Snapshot, type Snapshots } from './snapshot.ts'

interface Policy {
  readonly rule: string
  readonly type: string
  /** What is wrong with the resource, or undefined. */
  readonly fault: (resource: Resource, snapshot: Snapshot) => string | undefined
}

/** Asks that a property has a value. */
const has =
  (path: string, ...values: readonly unknown[]): Policy['fault'] =>
  (resource) => {
    const value = at(resource, path)
    if (values.includes(value)) return undefined
    return `${path}: expected ${values.map((one) => JSON.stringify(one)).join(' or ')}, got ${JSON.stringify(value)}`
  }

const lacks =
  (path: string): Policy['fault'] =>
  (resource) =>
    at(resource, path) === undefined ? undefined : `${path}: expected not to be set`

const inPrivateMode =
  (fault: Policy['fault']): Policy['fault'] =>
  (resource, snapshot) =>
    isPrivate(snapshot) ? fault(resource, snapshot) : undefined

const rows = (type: string, faults: Readonly<Record<string, Policy['fault'] | readonly Policy['fault'][]>>): Policy[] =>
  Object.entries(faults).flatMap(([rule, given]) => [given].flat().map((fault) => ({ rule, type, fault })))

export const policies: readonly Policy[] = [
  ...rows('Microsoft.EventHub/namespaces', {
    'local-auth': has('properties.disableLocalAuth', true),
    tls: has('properties.minimumTlsVersion', '1.2', '1.3'),
    'not-basic': has('sku.name', 'Standard', 'Premium'),
    firewall: has('properties.publicNetworkAccess', 'Disabled'),
  }),
  ...rows('Microsoft.EventHub/namespaces/networkRuleSets', {
    firewall: [has('properties.publicNetworkAccess', 'Disabled'), has('properties.defaultAction', 'Deny')],
  }),
  ...rows('Microsoft.EventHub/namespaces/eventhubs', {
    capture: (resource) => {
      const capture = at(resource, 'properties.captureDescription')
      if (capture === undefined || capture === null) return undefined
      return (
        has('properties.captureDescription.destination.name', 'EventHubArchive.AzureBlockBlob')(
          resource,
          emptySnapshot,
        ) ??
        has('properties.captureDescription.destination.identity.type', 'UserAssigned')(resource, emptySnapshot) ??
        has('properties.captureDescription.skipEmptyArchives', true)(resource, emptySnapshot) ??
        tokensOnce(String(at(capture, 'destination.properties.archiveNameFormat')))
      )
    },
  }),
  ...rows('Microsoft.DocumentDB/databaseAccounts', {
    'local-auth': has('properties.disableLocalAuth', true),
    'metadata-write': has('properties.disableKeyBasedMetadataWriteAccess', true),
    tls: has('properties.minimalTlsVersion', 'Tls12'),
    backup: has('properties.backupPolicy.type', 'Continuous'),
    consistency: has('properties.consistencyPolicy.defaultConsistencyLevel', 'Session'),
    'one-write-region': (resource) =>
      (at(resource, 'properties.locations') as unknown[]).length === 1 ? undefined : 'expected one region',
    'no-analytical-store': lacks('properties.enableAnalyticalStorage'),
    firewall: has('properties.publicNetworkAccess', 'Disabled'),
  }),
  ...rows('Microsoft.DocumentDB/databaseAccounts/sqlDatabases', { throughput: throughputFault }),
  ...rows('Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers', {
    throughput: (resource, snapshot) => (isServerless(snapshot) ? throughputFault(resource, snapshot) : undefined),
    'no-analytical-store': lacks('properties.resource.analyticalStorageTtl'),
  }),
  ...rows('Microsoft.Storage/storageAccounts', {
    'local-auth': has('properties.allowSharedKeyAccess', false),
    tls: has('properties.minimumTlsVersion', 'TLS1_2', 'TLS1_3'),
    https: has('properties.supportsHttpsTrafficOnly', true),
    'public-storage': has('properties.allowBlobPublicAccess', false),
    'cross-tenant': has('properties.allowCrossTenantReplication', false),
    'entra-by-default': has('properties.defaultToOAuthAuthentication', true),
    firewall: has('properties.networkAcls.defaultAction', 'Deny'),
  }),
  ...rows('Microsoft.Storage/storageAccounts/blobServices', {
    'soft-delete': [
      has('properties.deleteRetentionPolicy.enabled', true),
      has('properties.containerDeleteRetentionPolicy.enabled', true),
    ],
  }),
  ...rows('Microsoft.Storage/storageAccounts/blobServices/containers', {
    'public-storage': has('properties.publicAccess', 'None'),
  }),
  ...rows('Microsoft.Web/serverfarms', { 'flex-plan': [has('sku.name', 'FC1'), has('properties.reserved', true)] }),
  ...rows('Microsoft.Web/sites', {
    https: has('properties.httpsOnly', true),
    tls: has('properties.siteConfig.minTlsVersion', '1.2', '1.3'),
    identity: has('identity.type', 'UserAssigned'),
    affinity: has('properties.clientAffinityEnabled', false),
    'node-version': has('properties.functionAppConfig.runtime.version', '22', '24'),
    'deployment-identity': has(
      'properties.functionAppConfig.deployment.storage.authentication.type',
      'UserAssignedIdentity',
    ),
    // Flex Consumption refuses every other key of siteConfig (ARM error 51021).
    'flex-site-config': (resource) => {
      const others = Object.keys(at(resource, 'properties.siteConfig') ?? {}).filter((key) => key !== 'minTlsVersion')
      return others.length === 0
        ? undefined
        : `properties.siteConfig: ${others.join(', ')} is refused on Flex Consumption`
    },
    'publishing-password': (resource, snapshot) => {
      const policiesOfSite = ofType(snapshot, 'Microsoft.Web/sites/basicPublishingCredentialsPolicies')
      const closed = policiesOfSite.filter((policy) => at(policy, 'properties.allow') === false).map(({ name }) => name)
      const open = ['ftp', 'scm'].filter((kind) => !closed.includes(`${resource.name}/${kind}`))
      return open.length === 0 ? undefined : `publishing by password is not turned off for ${open.join(' and ')}`
    },
  }),
  ...rows('Microsoft.OperationalInsights/workspaces', {
    'local-auth': has('properties.features.disableLocalAuth', true),
  }),
  ...rows('Microsoft.Insights/components', {
    'local-auth': has('properties.DisableLocalAuth', true),
    'workspace-based': has('properties.IngestionMode', 'LogAnalytics'),
    'private-telemetry': inPrivateMode(has('properties.publicNetworkAccessForIngestion', 'Disabled')),
  }),
  ...rows('Microsoft.KeyVault/vaults', {
    'local-auth': has('properties.enableRbacAuthorization', true),
    'soft-delete': has('properties.enableSoftDelete', true),
    purge: has('properties.enablePurgeProtection', true),
    firewall: [has('properties.publicNetworkAccess', 'Disabled'), has('properties.networkAcls.defaultAction', 'Deny')],
  }),
  ...rows('Microsoft.Synapse/workspaces', {
    'local-auth': has('properties.azureADOnlyAuthentication', true),
    'no-password': [lacks('properties.sqlAdministratorLogin'), lacks('properties.sqlAdministratorLoginPassword')],
    'managed-network': has('properties.managedVirtualNetwork', 'default'),
    firewall: has('properties.publicNetworkAccess', 'Disabled'),
    auditing: (resource, snapshot) =>
      ofType(snapshot, 'Microsoft.Synapse/workspaces/extendedAuditingSettings').some(
        (setting) => setting.name.startsWith(`${resource.name}/`) && at(setting, 'properties.state') === 'Enabled',
      )
        ? undefined
        : 'the workspace is not audited',
    exfiltration: has('properties.managedVirtualNetworkSettings.preventDataExfiltration', true),
  }),
  ...rows('Microsoft.Synapse/workspaces/dedicatedSQLminimalTlsSettings', {
    tls: has('properties.minimalTlsVersion', '1.2'),
  }),
  ...rows('Microsoft.Synapse/workspaces/azureADOnlyAuthentications', {
    'local-auth': has('properties.azureADOnlyAuthentication', true),
  }),
  ...rows('Microsoft.Synapse/workspaces/firewallRules', {
    'open-firewall': (resource) => {
      const [start, end] = [at(resource, 'properties.startIpAddress'), at(resource, 'properties.endIpAddress')]
      return start === end ? undefined : `${String(start)} to ${String(end)} lets in more than one address`
    },
    'azure-services': (resource) =>
      at(resource, 'properties.startIpAddress') === '0.0.0.0'
        ? 'all of Azure may connect, not only this deployment'
        : undefined,
  }),
  ...rows('Microsoft.Synapse/workspaces/bigDataPools', {
    'spark-version': has('properties.sparkVersion', '3.5'),
    'pauses-itself': has('properties.autoPause.enabled', true),
    'compute-isolation': has('properties.isComputeIsolationEnabled', true),
  }),
  ...rows('Microsoft.Synapse/workspaces/sqlPools', {
    encryption: (resource, snapshot) =>
      ofType(snapshot, 'Microsoft.Synapse/workspaces/sqlPools/transparentDataEncryption').some(
        (setting) => setting.name === `${resource.name}/current` && at(setting, 'properties.status') === 'Enabled',
      )
        ? undefined
        : 'the pool is not encrypted',
  }),
  ...rows('Microsoft.AnalysisServices/servers', {
    'open-firewall': (resource) => {
      const firewall = at(resource, 'properties.ipV4FirewallSettings.firewallRules')
      if (!Array.isArray(firewall)) return 'there is no firewall'
      const wide = firewall.filter((rule) => at(rule, 'rangeStart') !== at(rule, 'rangeEnd'))
      return wide.length === 0 ? undefined : 'a rule lets in more than one address'
    },
    'no-backup-key': lacks('properties.backupBlobContainerUri'),
  }),
  ...rows('Microsoft.Network/virtualNetworks', {
    'private-subnets': (resource) => {
      const subnets = at(resource, 'properties.subnets') as readonly unknown[]
      const wrong = subnets.filter(
        (subnet) =>
          at(subnet, 'properties.defaultOutboundAccess') !== false ||
          at(subnet, 'properties.networkSecurityGroup.id') === undefined,
      )
      return wrong.length === 0
        ? undefined
        : `${wrong.map((subnet) => String(at(subnet, 'name'))).join(', ')}: expected no default outbound access and a network security group`
    },
  }),
  ...rows('Microsoft.Network/networkSecurityGroups', {
    'open-firewall': (resource) => {
      const rules = (at(resource, 'properties.securityRules') ?? []) as readonly unknown[]
      const open = rules.filter(
        (rule) =>
          at(rule, 'properties.direction') === 'Inbound' &&
          at(rule, 'properties.access') === 'Allow' &&
          ['*', 'Internet', '0.0.0.0/0'].includes(String(at(rule, 'properties.sourceAddressPrefix'))),
      )
      return open.length === 0
        ? undefined
        : `${open.map((rule) => String(at(rule, 'name'))).join(', ')} lets the internet in`
    },
  }),
  ...rows('Microsoft.Authorization/roleDefinitions', {
    'narrow-role': (resource) => {
      const actions = (at(resource, 'properties.permissions') as readonly unknown[]).flatMap((permission) => [
        ...(at(permission, 'actions') as string[]),
        ...(at(permission, 'dataActions') as string[]),
      ])
      const wide = actions.filter((action) => action.includes('*'))
      return wide.length === 0 ? undefined : `${wide.join(', ')}: a custom role names each action`
    },
  }),
]

const emptySnapshot: Snapshot = { predictedResources: [], diagnostics: [], outputs: {} }

const tokensOnce = (format: string): string | undefined => {
  const tokens = ['Namespace', 'EventHub', 'PartitionId', 'Year', 'Month', 'Day', 'Hour', 'Minute', 'Second']
  const wrong = tokens.filter((token) => format.split(`{${token}}`).length !== 2)
  return wrong.length === 0 ? undefined : `archiveNameFormat: expected ${wrong.join(', ')} once each`
}

const isServerless = (snapshot: Snapshot): boolean =>
  ofType(snapshot, 'Microsoft.DocumentDB/databaseAccounts').some((account) =>
    (at(account, 'properties.capabilities') as readonly unknown[]).some(
      (one) => at(one, 'name') === 'EnableServerless',
    ),
  )

/** A serverless account refuses every throughput; any other wants one. */
function throughputFault(resource: Resource, snapshot: Snapshot): string | undefined {
  const throughput = at(resource, 'properties.options.autoscaleSettings.maxThroughput')
  if (isServerless(snapshot)) return throughput === undefined ? undefined : 'a serverless account refuses throughput'
  return typeof throughput === 'number' && throughput % 1000 === 0
    ? undefined
    : 'properties.options.autoscaleSettings.maxThroughput: expected a multiple of 1000'
}

/** Every breach without an exemption, and every exemption that excuses nothing. */
export const checkPolicies = (snapshots: Snapshots): Finding[] => {
  const used = new Set<object>()
  const found = [...snapshots].flatMap(([set, snapshot]) =>
    snapshot.predictedResources.flatMap((resource): Finding[] =>
      policies
        .filter(({ type }) => type === resource.type)
        .flatMap(({ rule, type, fault }) => {
          const message = fault(resource, snapshot)
          if (message === undefined) return []
          const exemption = exemptions.find(
            (one) =>
              one.rule === rule &&
              one.type === type &&
              (one.name === undefined || one.name === ownName(resource)) &&
              (one.networkMode === 'any' || (one.networkMode === 'private') === isPrivate(snapshot)),
          )
          if (exemption !== undefined) used.add(exemption)
          return exemption === undefined ? [{ rule, where: `${set}: ${type} ${resource.name}`, message }] : []
        }),
    ),
  )
  const idle = exemptions.filter((exemption) => !used.has(exemption))
  return [
    ...found,
    ...idle.map(({ rule, type }) => ({
      rule: 'unused-exemption',
      where: 'infra/checks/exemptions.ts',
      message: `nothing needs the exemption of ${type} from ${rule}: delete it`,
    })),
  ]
}
