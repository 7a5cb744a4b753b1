metadata name = 'Diagnostics'
metadata description = 'Logs and metrics of everything, in one workspace. Where a service logs each request, only what changes something is kept: change-feed polls and lock renewals alone would fill gigabytes.'

@description('Required. Name of the Log Analytics workspace.')
param workspaceName string

@description('Required. Names of what is watched. An empty one is not deployed.')
param names {
  hostStorage: string
  lake: string
  eventHubs: string
  cosmos: string
  app: string
  synapse: string
  sqlPool: string
  analysisServices: string
  powerBi: string
  keyVault: string
  network: string
}

var settingName = 'to-log-analytics'
var everything = [{ categoryGroup: 'allLogs', enabled: true }]
var metrics = [{ category: 'AllMetrics', enabled: true }]

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource hostStorage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: names.hostStorage

  resource blobs 'blobServices' existing = {
    name: 'default'
  }

  resource queues 'queueServices' existing = {
    name: 'default'
  }

  resource tables 'tableServices' existing = {
    name: 'default'
  }
}

resource lake 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: names.lake

  resource blobs 'blobServices' existing = {
    name: 'default'
  }
}

resource eventHubs 'Microsoft.EventHub/namespaces@2024-01-01' existing = {
  name: names.eventHubs
}

resource cosmos 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' existing = {
  name: names.cosmos
}

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  name: names.app
}

resource synapse 'Microsoft.Synapse/workspaces@2021-06-01' existing = {
  name: empty(names.synapse) ? 'none' : names.synapse

  resource spark 'bigDataPools' existing = {
    name: 'spark35'
  }

  resource pool 'sqlPools' existing = {
    name: empty(names.sqlPool) ? 'none' : names.sqlPool
  }
}

resource analysisServices 'Microsoft.AnalysisServices/servers@2017-08-01' existing = {
  name: empty(names.analysisServices) ? 'none' : names.analysisServices
}

resource powerBi 'Microsoft.PowerBIDedicated/capacities@2021-01-01' existing = {
  name: empty(names.powerBi) ? 'none' : names.powerBi
}

resource keyVault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: empty(names.keyVault) ? 'none' : names.keyVault
}

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' existing = {
  name: empty(names.network) ? 'none' : names.network
}

resource appRules 'Microsoft.Network/networkSecurityGroups@2025-05-01' existing = {
  name: 'nsg-app'
}

resource endpointRules 'Microsoft.Network/networkSecurityGroups@2025-05-01' existing = {
  name: 'nsg-endpoints'
}

resource ofWorkspace 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: settingName
  scope: workspace
  properties: { workspaceId: workspace.id, logs: everything, metrics: metrics }
}

resource ofHostBlobs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: settingName
  scope: hostStorage::blobs
  properties: {
    workspaceId: workspace.id
    logs: [{ category: 'StorageDelete', enabled: true }]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

resource ofHostQueues 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: settingName
  scope: hostStorage::queues
  properties: { workspaceId: workspace.id, metrics: [{ category: 'Transaction', enabled: true }] }
}

resource ofHostTables 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: settingName
  scope: hostStorage::tables
  properties: { workspaceId: workspace.id, metrics: [{ category: 'Transaction', enabled: true }] }
}

resource ofLake 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: settingName
  scope: lake::blobs
  properties: {
    workspaceId: workspace.id
    logs: [{ category: 'StorageWrite', enabled: true }, { category: 'StorageDelete', enabled: true }]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

resource ofEventHubs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: settingName
  scope: eventHubs
  properties: { workspaceId: workspace.id, logs: everything, metrics: metrics }
}

resource ofCosmos 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: settingName
  scope: cosmos
  properties: {
    workspaceId: workspace.id
    logAnalyticsDestinationType: 'Dedicated'
    logs: [{ category: 'ControlPlaneRequests', enabled: true }, { category: 'PartitionKeyStatistics', enabled: true }]
    metrics: [{ category: 'Requests', enabled: true }]
  }
}

// What the app logs goes to Application Insights, once.
resource ofApp 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: settingName
  scope: app
  properties: { workspaceId: workspace.id, metrics: metrics }
}

resource ofSynapse 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(names.synapse)) {
  name: settingName
  scope: synapse
  properties: { workspaceId: workspace.id, logs: everything, metrics: metrics }
}

resource ofSpark 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(names.synapse)) {
  name: settingName
  scope: synapse::spark
  properties: { workspaceId: workspace.id, logs: everything, metrics: metrics }
}

resource ofSqlPool 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(names.sqlPool)) {
  name: settingName
  scope: synapse::pool
  properties: { workspaceId: workspace.id, logs: everything, metrics: metrics }
}

resource ofAnalysisServices 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(names.analysisServices)) {
  name: settingName
  scope: analysisServices
  properties: { workspaceId: workspace.id, logs: everything, metrics: metrics }
}

resource ofPowerBi 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(names.powerBi)) {
  name: settingName
  scope: powerBi
  properties: { workspaceId: workspace.id, logs: everything, metrics: metrics }
}

resource ofKeyVault 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(names.keyVault)) {
  name: settingName
  scope: keyVault
  properties: { workspaceId: workspace.id, logs: everything, metrics: metrics }
}

resource ofNetwork 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(names.network)) {
  name: settingName
  scope: network
  properties: { workspaceId: workspace.id, logs: everything, metrics: metrics }
}

resource ofAppRules 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(names.network)) {
  name: settingName
  scope: appRules
  properties: { workspaceId: workspace.id, logs: everything }
}

resource ofEndpointRules 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(names.network)) {
  name: settingName
  scope: endpointRules
  properties: { workspaceId: workspace.id, logs: everything }
}
