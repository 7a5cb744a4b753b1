/** Whether Azure takes the names, which it says only at deployment. */
import type { Finding } from './finding.ts'
import { isExpression, ownName, type Snapshots } from './snapshot.ts'

interface NameRule {
  readonly pattern: RegExp
  readonly expected: string
}

const rule = (pattern: RegExp, expected: string): NameRule => ({ pattern, expected })

/** From https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules; the narrower where sources differ. */
const rules: Readonly<Record<string, NameRule>> = {
  'Microsoft.Resources/resourceGroups': rule(/^[\w.()-]{0,89}[\w()-]$/, '1 to 90 letters, digits, - _ . ( )'),
  'Microsoft.ManagedIdentity/userAssignedIdentities': rule(/^[a-z0-9][\w-]{2,127}$/i, '3 to 128 letters, digits, - _'),
  'Microsoft.OperationalInsights/workspaces': rule(/^[a-z0-9][a-z0-9-]{2,61}[a-z0-9]$/i, '4 to 63 letters, digits, -'),
  'Microsoft.Insights/components': rule(/^.{1,260}$/, '1 to 260 characters'),
  'Microsoft.Insights/actionGroups': rule(/^[^:<>+/&%\\?|]{1,260}$/, '1 to 260 characters'),
  'Microsoft.Insights/privateLinkScopes': rule(/^[a-z0-9][\w.-]{0,253}\w$/i, '1 to 255 characters'),
  'Microsoft.Storage/storageAccounts': rule(/^[a-z0-9]{3,24}$/, '3 to 24 lower-case letters and digits'),
  'Microsoft.Storage/storageAccounts/blobServices/containers': rule(
    /^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
    '3 to 63 lower-case letters, digits and single hyphens',
  ),
  'Microsoft.EventHub/namespaces': rule(/^[a-z][a-z0-9-]{4,48}[a-z0-9]$/i, '6 to 50 letters, digits, -'),
  'Microsoft.EventHub/namespaces/eventhubs': rule(/^[a-z0-9][\w.-]{0,254}$/i, '1 to 256 letters, digits, . - _'),
  'Microsoft.DocumentDB/databaseAccounts': rule(
    /^[a-z0-9][a-z0-9-]{1,42}[a-z0-9]$/,
    '3 to 44 lower-case letters, digits, -',
  ),
  'Microsoft.Web/serverfarms': rule(/^[a-z0-9-]{1,60}$/i, '1 to 60 letters, digits, -'),
  // The host takes its id from the first 32 characters: two apps that share them and a storage account disturb each other.
  'Microsoft.Web/sites': rule(/^[a-z0-9][a-z0-9-]{0,30}[a-z0-9]$/, '2 to 32 lower-case letters, digits, -'),
  'Microsoft.Synapse/workspaces': rule(
    /^(?!.*-ondemand)[a-z0-9][a-z0-9-]{0,48}[a-z0-9]$/,
    '1 to 50 lower-case letters, digits, -, without -ondemand',
  ),
  'Microsoft.Synapse/workspaces/bigDataPools': rule(/^[a-z][a-z0-9]{0,14}$/i, '1 to 15 letters and digits'),
  'Microsoft.Synapse/workspaces/sqlPools': rule(/^\w{1,15}$/, '1 to 15 letters, digits, _'),
  'Microsoft.Synapse/privateLinkHubs': rule(/^[a-z0-9]{1,45}$/, '1 to 45 lower-case letters and digits'),
  'Microsoft.AnalysisServices/servers': rule(/^[a-z][a-z0-9]{2,62}$/, '3 to 63 lower-case letters and digits'),
  'Microsoft.PowerBIDedicated/capacities': rule(/^[a-z][a-z0-9]{2,62}$/, '3 to 63 lower-case letters and digits'),
  'Microsoft.Fabric/capacities': rule(/^[a-z][a-z0-9]{2,62}$/, '3 to 63 lower-case letters and digits'),
  'Microsoft.KeyVault/vaults': rule(/^(?!.*--)[a-z][a-z0-9-]{1,22}[a-z0-9]$/i, '3 to 24 letters, digits, -'),
  'Microsoft.Network/virtualNetworks': rule(/^[a-z0-9][\w.-]{0,62}\w$/i, '2 to 64 characters'),
  'Microsoft.Network/privateEndpoints': rule(/^[a-z0-9][\w.-]{0,62}\w$/i, '2 to 64 characters'),
  'Microsoft.Network/networkSecurityGroups': rule(/^[a-z0-9][\w.-]{0,78}\w$/i, '1 to 80 characters'),
  'Microsoft.Network/publicIPAddresses': rule(/^[a-z0-9][\w.-]{0,78}\w$/i, '1 to 80 characters'),
  'Microsoft.Network/natGateways': rule(/^[a-z0-9][\w.-]{0,78}\w$/i, '1 to 80 characters'),
}

export const checkNames = (snapshots: Snapshots): Finding[] =>
  [...snapshots].flatMap(([set, snapshot]) =>
    snapshot.predictedResources.flatMap((resource): Finding[] => {
      const name = ownName(resource)
      const wanted = rules[resource.type]
      if (wanted === undefined || wanted.pattern.test(name)) return []
      const got = isExpression(name)
        ? 'a name that is known only once something is deployed'
        : `${name} (${name.length})`
      return [
        { rule: 'bad-name', where: `${set}: ${resource.type}`, message: `expected ${wanted.expected}, got ${got}` },
      ]
    }),
  )
