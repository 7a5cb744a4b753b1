metadata name = 'Private link'
metadata description = 'Private mode: what has to be reached through the network. One row for each sub-resource of each service that is deployed; the app itself, which comes later, is apart.'

@description('Required. Region of the endpoints: that of the network.')
param location string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Name of the virtual network.')
param networkName string

@description('Required. Names of the services. An empty one is not deployed.')
param names {
  hostStorage: string
  lake: string
  eventHubs: string
  cosmos: string
  monitorScope: string
  synapse: string
  synapseStudio: string
  keyVault: string
}

// Written out, for the public cloud as the other zones are: how many zones there are has to be known before the deployment starts.
#disable-next-line no-hardcoded-env-urls
var storageSuffix = 'core.windows.net'

var storageRows = [
  { name: 'host-blob', account: names.hostStorage, group: 'blob' }
  { name: 'host-queue', account: names.hostStorage, group: 'queue' }
  { name: 'host-table', account: names.hostStorage, group: 'table' }
  { name: 'lake-blob', account: names.lake, group: 'blob' }
  { name: 'lake-dfs', account: names.lake, group: 'dfs' }
]

var storage = map(storageRows, row => {
  name: row.name
  resourceType: 'Microsoft.Storage/storageAccounts'
  resourceName: row.account
  group: row.group
  zones: ['privatelink.${row.group}.${storageSuffix}']
})

var monitorZones = [
  'privatelink.monitor.azure.com'
  'privatelink.oms.opinsights.azure.com'
  'privatelink.ods.opinsights.azure.com'
  'privatelink.agentsvc.azure-automation.net'
  'privatelink.blob.${storageSuffix}'
]

var always = [
  { name: 'event-hubs', resourceType: 'Microsoft.EventHub/namespaces', resourceName: names.eventHubs, group: 'namespace', zones: ['privatelink.servicebus.windows.net'] }
  { name: 'cosmos', resourceType: 'Microsoft.DocumentDB/databaseAccounts', resourceName: names.cosmos, group: 'Sql', zones: ['privatelink.documents.azure.com'] }
  { name: 'monitor', resourceType: 'Microsoft.Insights/privateLinkScopes', resourceName: names.monitorScope, group: 'azuremonitor', zones: monitorZones }
]

var synapse = [
  { name: 'synapse-dev', resourceType: 'Microsoft.Synapse/workspaces', resourceName: names.synapse, group: 'Dev', zones: ['privatelink.dev.azuresynapse.net'] }
  { name: 'synapse-sql', resourceType: 'Microsoft.Synapse/workspaces', resourceName: names.synapse, group: 'Sql', zones: ['privatelink.sql.azuresynapse.net'] }
  { name: 'synapse-serverless', resourceType: 'Microsoft.Synapse/workspaces', resourceName: names.synapse, group: 'SqlOnDemand', zones: ['privatelink.sql.azuresynapse.net'] }
  { name: 'synapse-studio', resourceType: 'Microsoft.Synapse/privateLinkHubs', resourceName: names.synapseStudio, group: 'Web', zones: ['privatelink.azuresynapse.net'] }
]

var keyVault = [
  { name: 'key-vault', resourceType: 'Microsoft.KeyVault/vaults', resourceName: names.keyVault, group: 'vault', zones: ['privatelink.vaultcore.azure.net'] }
]

module endpoints 'private-endpoints.bicep' = {
  params: {
    location: location
    tags: tags
    networkName: networkName
    endpoints: concat(storage, always, empty(names.synapse) ? [] : synapse, empty(names.keyVault) ? [] : keyVault)
  }
}
