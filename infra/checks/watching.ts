/** Everything that can be watched is, and everything is tagged. */
import type { Finding } from './finding.ts'
import { at, ofType, type Resource, type Snapshots } from './snapshot.ts'

/** Types that have diagnostic settings. Storage accounts have them on their services. */
const watched = new Set([
  'Microsoft.OperationalInsights/workspaces',
  'Microsoft.Storage/storageAccounts/blobServices',
  'Microsoft.Storage/storageAccounts/queueServices',
  'Microsoft.Storage/storageAccounts/tableServices',
  'Microsoft.EventHub/namespaces',
  'Microsoft.DocumentDB/databaseAccounts',
  'Microsoft.Web/sites',
  'Microsoft.Synapse/workspaces',
  'Microsoft.Synapse/workspaces/bigDataPools',
  'Microsoft.Synapse/workspaces/sqlPools',
  'Microsoft.AnalysisServices/servers',
  'Microsoft.PowerBIDedicated/capacities',
  'Microsoft.KeyVault/vaults',
  'Microsoft.Network/virtualNetworks',
  'Microsoft.Network/networkSecurityGroups',
])

/** Children and extensions share the tags of what they belong to. */
const isTopLevel = ({ type, location }: Resource): boolean => type.split('/').length === 2 && location !== undefined

export const checkWatching = (snapshots: Snapshots): Finding[] =>
  [...snapshots].flatMap(([set, snapshot]) => {
    const settings = ofType(snapshot, 'Microsoft.Insights/diagnosticSettings')
    const ids = settings.map(({ id }) => id.replace(/\/providers\/Microsoft\.Insights\/diagnosticSettings\/.*$/, ''))
    const all = snapshot.predictedResources
    return [
      ...all
        .filter(({ type, id }) => watched.has(type) && !ids.includes(id))
        .map(({ type, name }) => ({
          rule: 'missing-diagnostics',
          where: `${set}: ${type} ${name}`,
          message: 'its logs and metrics go nowhere',
        })),
      ...all
        .filter((resource) => isTopLevel(resource) && at(resource, 'tags.azd-env-name') === undefined)
        .map(({ type, name }) => ({
          rule: 'missing-tag',
          where: `${set}: ${type} ${name}`,
          message: 'azd-env-name is missing',
        })),
    ]
  })
