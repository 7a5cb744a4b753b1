/** Defects to be found, each by the finding that is named: in the sources, and in what they evaluate to. */
import type { Resource } from '../../infra/checks/snapshot.ts'

export interface Defect {
  readonly name: string
  readonly rule: string
  readonly file: string
  readonly from: string
  readonly to: string
  /** Parameter set that it shows in. */
  readonly set: string
  /** The same defect as it stands in a snapshot. Without it the defect shows in the sources alone. */
  readonly spoil?: (snapshot: MutableSnapshot) => void
}

export interface MutableSnapshot {
  predictedResources: Resource[]
  diagnostics: string[]
  outputs: Record<string, unknown>
}

/** Defects that the type data tells from the sources. */
export const typeDefects: readonly Defect[] = [
  {
    name: 'wrong property',
    rule: 'unknown-property',
    file: 'infra/modules/host-storage.bicep',
    from: 'supportsHttpsTrafficOnly: true',
    to: 'supportsHttpTrafficOnly: true',
    set: 'everything-off',
  },
  {
    name: 'wrong enum',
    rule: 'wrong-enum',
    file: 'infra/modules/host-storage.bicep',
    from: "defaultAction: isPrivate ? 'Deny'",
    to: "defaultAction: isPrivate ? 'Refuse'",
    set: 'everything-off',
  },
  {
    name: 'missing required value',
    rule: 'missing-value',
    file: 'infra/modules/host-storage.bicep',
    from: "  sku: { name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS' }\n",
    to: '',
    set: 'everything-off',
  },
  {
    name: 'read-only property set',
    rule: 'read-only-property',
    file: 'infra/modules/event-hubs-namespace.bicep',
    from: 'disableLocalAuth: true',
    to: "status: 'Active'\n    disableLocalAuth: true",
    set: 'everything-off',
  },
  {
    name: 'bad API version',
    rule: 'unknown-api-version',
    file: 'infra/modules/event-hubs-namespace.bicep',
    from: "resource namespace 'Microsoft.EventHub/namespaces@2024-01-01'",
    to: "resource namespace 'Microsoft.EventHub/namespaces@2024-02-31'",
    set: 'everything-off',
  },
]

export const snapshotDefects: readonly Defect[] = [
  {
    name: 'local auth on',
    rule: 'local-auth',
    file: 'infra/modules/cosmos.bicep',
    from: 'disableLocalAuth: true',
    to: 'disableLocalAuth: false',
    set: 'everything-off',
    spoil: (snapshot) => {
      replace(
        snapshot,
        'Microsoft.DocumentDB/databaseAccounts',
        '',
        '"disableLocalAuth":true',
        '"disableLocalAuth":false',
      )
    },
  },
  {
    name: 'public lake',
    rule: 'public-storage',
    file: 'infra/modules/lake.bicep',
    from: 'allowBlobPublicAccess: false',
    to: 'allowBlobPublicAccess: true',
    set: 'everything-off',
    spoil: (snapshot) => {
      replace(
        snapshot,
        'Microsoft.Storage/storageAccounts',
        'stlake',
        '"allowBlobPublicAccess":false',
        '"allowBlobPublicAccess":true',
      )
    },
  },
  {
    name: 'missing role',
    rule: 'missing-role',
    file: 'infra/modules/roles.bicep',
    from: "    role: 'Azure Event Hubs Data Sender'\n    target: 'eventHubs'",
    to: "    role: 'Azure Event Hubs Data Receiver'\n    target: 'eventHubs'",
    set: 'everything-off',
    spoil: (snapshot) => {
      remove(snapshot, ({ id }) => id.includes('2b629674-e913-4c01-ae53-ef4638d8f975'))
    },
  },
  {
    name: 'role too wide',
    rule: 'role-too-wide',
    file: 'infra/modules/roles.bicep',
    from: "role: 'Storage Blob Data Reader', target: 'lake/raw'",
    to: "role: 'Storage Blob Data Contributor', target: 'lake'",
    set: 'everything-off',
    spoil: (snapshot) => {
      replace(
        snapshot,
        'Microsoft.Authorization/roleAssignments',
        '',
        '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1',
        'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
      )
    },
  },
  {
    name: 'owner role',
    rule: 'owner-role',
    file: 'infra/modules/roles.bicep',
    from: '3913510d-42f4-4e42-8a64-420c390055eb',
    to: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
    set: 'everything-off',
    spoil: (snapshot) => {
      replace(
        snapshot,
        'Microsoft.Authorization/roleAssignments',
        '',
        '3913510d-42f4-4e42-8a64-420c390055eb',
        '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
      )
    },
  },
  {
    name: 'secret output',
    rule: 'secret-output',
    file: 'infra/main.bicep',
    from: 'output LAKE_NAME string = names.lake',
    to: "output LAKE_NAME string = 'sb://${names.eventHubs}/;SharedAccessKey=${uniqueString(names.lake)}'",
    set: 'everything-off',
    spoil: (snapshot) => {
      snapshot.outputs['LAKE_NAME'] = "[listKeys('/subscriptions/0', '2025-01-01').keys[0].value]"
    },
  },
  {
    name: 'missing hub',
    rule: 'missing-hub',
    file: 'infra/main.bicep',
    from: '    streams: streams\n',
    to: '    streams: take(streams, 1)\n',
    set: 'everything-off',
    spoil: (snapshot) => {
      remove(
        snapshot,
        ({ type, name }) => type === 'Microsoft.EventHub/namespaces/eventhubs' && name.endsWith('/telemetry'),
      )
    },
  },
  {
    name: 'container with a wrong key',
    rule: 'wrong-container',
    file: 'infra/modules/cosmos.bicep',
    from: "keys: ['/series', '/day']",
    to: "keys: ['/series']",
    set: 'everything-off',
    spoil: (snapshot) => {
      replace(
        snapshot,
        'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers',
        '',
        '"/series","/day"',
        '"/series"',
      )
    },
  },
  {
    name: 'missing private endpoint',
    rule: 'missing-private-endpoint',
    file: 'infra/modules/private-link.bicep',
    from: "  { name: 'host-queue', account: names.hostStorage, group: 'queue' }\n",
    to: '',
    set: 'dev-private',
    spoil: (snapshot) => {
      remove(snapshot, ({ type, name }) => type === 'Microsoft.Network/privateEndpoints' && name === 'pe-host-queue')
    },
  },
  {
    name: 'name too long',
    rule: 'bad-name',
    file: 'infra/main.bicep',
    from: "hostStorage: 'sthost${token}'",
    to: "hostStorage: 'sthostofmillrace${token}'",
    set: 'everything-off',
    spoil: (snapshot) => {
      replace(snapshot, 'Microsoft.Storage/storageAccounts', 'sthost', '"name":"sthost', '"name":"sthostofmillrace')
    },
  },
  {
    name: 'setting missing',
    rule: 'missing-setting',
    file: 'infra/modules/app.bicep',
    from: '      EventHubConnection__clientId: identity.properties.clientId\n',
    to: '',
    set: 'everything-off',
    spoil: (snapshot) => {
      replace(snapshot, 'Microsoft.Web/sites/config', '', '"EventHubConnection__credential":"managedidentity",', '')
    },
  },
  {
    name: 'setting nobody reads',
    rule: 'unknown-setting',
    file: 'infra/modules/app.bicep',
    from: "MILLRACE_KEEP_ALL: 'false'",
    to: "MILLRACE_KEEP_ALL: 'false'\n      MILLRACE_DEBUG: 'true'",
    set: 'everything-off',
    spoil: (snapshot) => {
      replace(
        snapshot,
        'Microsoft.Web/sites/config',
        '',
        '"MILLRACE_KEEP_ALL":',
        '"MILLRACE_DEBUG":"true","MILLRACE_KEEP_ALL":',
      )
    },
  },
  {
    name: 'Spark 3.4',
    rule: 'spark-version',
    file: 'infra/modules/synapse.bicep',
    from: "sparkVersion: '3.5'",
    to: "sparkVersion: '3.4'",
    set: 'dev-public',
    spoil: (snapshot) => {
      replace(snapshot, 'Microsoft.Synapse/workspaces/bigDataPools', '', '"3.5"', '"3.4"')
    },
  },
  {
    name: 'open firewall',
    rule: 'open-firewall',
    file: 'infra/modules/synapse.bicep',
    from: "endIpAddress: '0.0.0.0'",
    to: "endIpAddress: '255.255.255.255'",
    set: 'dev-public',
    spoil: (snapshot) => {
      replace(
        snapshot,
        'Microsoft.Synapse/workspaces/firewallRules',
        '',
        '"endIpAddress":"0.0.0.0"',
        '"endIpAddress":"255.255.255.255"',
      )
    },
  },
]

/** Neither Bicep nor a snapshot. */
export const azdDefect: Defect = {
  name: 'unknown azd key',
  rule: 'unknown-azd-key',
  file: 'azure.yaml',
  from: '    remoteBuild: false\n',
  to: '    remoteBuild: false\n    remotebuild: true\n',
  set: 'everything-off',
}

const replace = (snapshot: MutableSnapshot, type: string, name: string, from: string, to: string): void => {
  const changed = snapshot.predictedResources.map((resource) => {
    const text = JSON.stringify(resource)
    const isMeant = resource.type === type && resource.name.includes(name) && text.includes(from)
    return isMeant ? (JSON.parse(text.replaceAll(from, () => to)) as Resource) : resource
  })
  if (JSON.stringify(changed) === JSON.stringify(snapshot.predictedResources))
    throw new Error(`no ${type} holds ${from}`)
  snapshot.predictedResources = changed
}

const remove = (snapshot: MutableSnapshot, isGone: (resource: Resource) => boolean): void => {
  const left = snapshot.predictedResources.filter((resource) => !isGone(resource))
  if (left.length === snapshot.predictedResources.length) throw new Error('there is nothing to remove')
  snapshot.predictedResources = left
}
