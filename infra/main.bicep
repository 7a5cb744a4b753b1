targetScope = 'subscription'

metadata name = 'Millrace'
metadata description = 'Everything that Millrace runs on, in one resource group: what it is made of, how it is wired, and what it tells the hooks. Costs of every switch: docs/operations.md.'

// ---------- Who and where ----------

@description('Required. Name of the azd environment: lower-case letters, digits and hyphens. It names the resource group and tells deployments of one subscription apart.')
@minLength(2)
@maxLength(24)
param environmentName string

@description('Required. Region of everything: one with Flex Consumption and, where it is deployed, Synapse.')
param location string

@description('Required. Object id of who deploys. It becomes administrator of Synapse and may upload Spark code.')
param principalId string

@description('Optional. What kind of principal deploys: ServicePrincipal in a pipeline.')
@allowed(['User', 'ServicePrincipal', 'Group'])
param principalType string = 'User'

// ---------- Network ----------

@description('Optional. private: data services answer on private endpoints only, and the app goes out through one fixed address. public: they answer on the internet, to whoever Entra ID lets in.')
@allowed(['public', 'private'])
param networkMode string = 'public'

@description('Optional. Whether the app itself is on the internet. private needs networkMode private, and deployments then come from inside the network.')
@allowed(['public', 'private'])
param appAccess string = 'public'

@description('Optional. Address space of the virtual network, a /22 or larger. Private mode only.')
param networkAddressSpace string = '10.40.0.0/22'

@description('Optional. IPv4 addresses, separated by commas, that may reach Synapse beside Azure services. Public mode only. Empty: none.')
param allowedIpAddresses string = ''

@description('Optional. Whether storage, Event Hubs, Cosmos DB and the app span three zones. Fixed for the life of some of them.')
param zoneRedundant bool = false

// ---------- Hot path ----------

@description('Optional. Tier of Event Hubs.')
@allowed(['Standard', 'Premium'])
param eventHubsSku string = 'Standard'

@description('Optional. Throughput units (Standard) or processing units (Premium) of Event Hubs.')
@minValue(1)
param eventHubsCapacity int = 1

@description('Optional. Throughput units that Event Hubs may inflate to by itself; equal to the capacity: it does not. Standard only.')
@minValue(1)
@maxValue(40)
param eventHubsMaxCapacity int = 4

@description('Optional. Whether every event is captured into the lake. Replays and the cold path need it; on Standard it is charged by throughput unit and hour.')
param enableCapture bool = false

@description('Optional. Days that captured events are kept; 0: for ever.')
@minValue(0)
param rawRetentionDays int = 90

@description('Optional. How Cosmos DB is paid: by request, or by throughput. Fixed for the life of the account.')
@allowed(['serverless', 'autoscale'])
param cosmosCapacity string = 'serverless'

@description('Optional. Highest RU/s of each of state, serving and replayState; a multiple of 1,000. Autoscale only; a tenth of it is always charged.')
@minValue(1000)
param cosmosMaxThroughput int = 1000

@description('Optional. Memory of an instance of the app, in megabytes.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Optional. Most instances of each function that scales by itself.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Optional. Instances of each ingest function that are always there; 0: started when events come.')
@minValue(0)
@maxValue(100)
param alwaysReadyInstances int = 0

@description('Optional. Major version of Node that the app runs on. 24 is what it is developed on; 22 where a region lacks it.')
@allowed(['22', '24'])
param nodeVersion string = '24'

// ---------- Cold path ----------

@description('Optional. Whether the Synapse workspace and its Spark pool are deployed. At rest they cost next to nothing.')
param deploySynapse bool = true

@description('Optional. Minutes without work after which the Spark pool pauses.')
@minValue(5)
@maxValue(10080)
param sparkAutoPauseMinutes int = 5

@description('Optional. Most nodes of the Spark pool; a running pool has at least 3.')
@minValue(3)
@maxValue(200)
param sparkMaxNodes int = 5

@description('Optional. Whether the dedicated SQL pool is deployed. Needs Synapse. It is charged by the hour until it is paused.')
param deploySqlPool bool = false

@description('Optional. Performance level of the dedicated SQL pool.')
param sqlPoolSku string = 'DW100c'

@description('Optional. Whether Analysis Services is deployed. It is charged by the hour until it is paused.')
param deployAnalysisServices bool = false

@description('Optional. Size of Analysis Services.')
param analysisServicesSku string = 'D1'

@description('Conditional. Administrators of Analysis Services, separated by commas: user principal names, or app:<client id>@<tenant id>. Needed where it is deployed.')
param analysisServicesAdministrators string = ''

@description('Optional. Capacity for embedded reports. It is charged by the hour until it is paused.')
@allowed(['none', 'powerbi', 'fabric'])
param biCapacity string = 'none'

@description('Optional. Size of that capacity: A1 to A6 for powerbi, F2 to F2048 for fabric. Empty: the smallest.')
param biCapacitySku string = ''

@description('Conditional. Administrators of that capacity, separated by commas: user principal names, or object ids of service principals. Needed where there is one.')
param biAdministrators string = ''

// ---------- Watching ----------

@description('Optional. Addresses, separated by commas, that alerts and the budget are mailed to. Empty: they show in the portal only.')
param alertEmails string = ''

@description('Optional. Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Optional. Gigabytes of logs a day after which no more are taken until the next day; -1: no limit.')
@minValue(-1)
param logDailyQuotaGb int = 1

@description('Optional. Events of a stream waiting in the hub beyond which the lag alert is raised.')
@minValue(1)
param maxLag int = 100000

@description('Optional. What the resource group may cost a month, in the currency of the subscription; 0: no budget.')
@minValue(0)
param budgetAmount int = 60

@description('Conditional. First day of the month that the budget began in, as yyyy-mm-01. The preprovision hook sets it once. Empty: no budget.')
param budgetStartDate string = ''

// ---------- Names ----------

var token = uniqueString(subscription().id, environmentName, location)
var isPrivate = networkMode == 'private'
var isAppPrivate = isPrivate && appAccess == 'private'
var hasSqlPool = deploySynapse && deploySqlPool
var hasCapacity = hasSqlPool || deployAnalysisServices || biCapacity != 'none'
var hasBudget = budgetAmount > 0 && !empty(budgetStartDate)

var tags = { 'azd-env-name': environmentName, application: 'millrace' }
var serviceName = 'app'
var packageContainerName = 'app-package'
var captureContainerName = 'raw'

var names = {
  resourceGroup: 'rg-millrace-${environmentName}'
  synapseResourceGroup: 'rg-millrace-${environmentName}-synapse'
  appIdentity: 'id-app-${token}'
  captureIdentity: 'id-capture-${token}'
  workspace: 'log-${token}'
  applicationInsights: 'appi-${token}'
  actionGroup: 'ag-${token}'
  monitorScope: 'ampls-${token}'
  hostStorage: 'sthost${token}'
  lake: 'stlake${token}'
  eventHubs: 'evhns-${token}'
  cosmos: 'cosmos-${token}'
  plan: 'plan-${token}'
  app: 'func-${token}'
  synapse: 'syn-${token}'
  synapseStudio: 'plhsyn${token}'
  sqlPool: 'dw'
  analysisServices: 'aas${token}'
  biCapacity: '${biCapacity == 'fabric' ? 'fc' : 'pbi'}${token}'
  keyVault: 'kv-${token}'
  network: 'vnet-${token}'
}

var streams = map(loadJsonContent('../shared/streams/manifest.json', '$.streams[*].description'), stream => { name: stream.name, hub: stream.hub })

// ---------- What there is ----------

resource resourceGroup 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: names.resourceGroup
  location: location
  tags: tags
}

module identities 'modules/identities.bicep' = {
  scope: resourceGroup
  params: {
    location: location
    tags: tags
    appIdentityName: names.appIdentity
    captureIdentityName: names.captureIdentity
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: resourceGroup
  params: {
    location: location
    tags: tags
    workspaceName: names.workspace
    applicationInsightsName: names.applicationInsights
    actionGroupName: names.actionGroup
    retentionDays: logRetentionDays
    dailyQuotaGb: logDailyQuotaGb
    alertEmails: empty(alertEmails) ? [] : split(alertEmails, ',')
    allowPublicIngestion: !isPrivate
  }
}

module network 'modules/network.bicep' = if (isPrivate) {
  scope: resourceGroup
  params: {
    location: location
    tags: tags
    networkName: names.network
    addressSpace: networkAddressSpace
    zoneRedundant: zoneRedundant
  }
}

module hostStorage 'modules/host-storage.bicep' = {
  scope: resourceGroup
  params: {
    location: location
    tags: tags
    accountName: names.hostStorage
    packageContainerName: packageContainerName
    zoneRedundant: zoneRedundant
    isPrivate: isPrivate
  }
}

module lake 'modules/lake.bicep' = {
  scope: resourceGroup
  params: {
    location: location
    tags: tags
    accountName: names.lake
    zoneRedundant: zoneRedundant
    isPrivate: isPrivate
    rawRetentionDays: rawRetentionDays
    rawCoolAfterDays: 30
    deadLetterRetentionDays: 30
  }
}

module eventHubsNamespace 'modules/event-hubs-namespace.bicep' = {
  scope: resourceGroup
  params: {
    location: location
    tags: tags
    namespaceName: names.eventHubs
    captureIdentityName: names.captureIdentity
    sku: eventHubsSku
    capacity: eventHubsCapacity
    maxCapacity: eventHubsMaxCapacity
    zoneRedundant: zoneRedundant
    isPrivate: isPrivate
  }
  dependsOn: [identities]
}

module cosmos 'modules/cosmos.bicep' = {
  scope: resourceGroup
  params: {
    location: location
    tags: tags
    accountName: names.cosmos
    capacity: cosmosCapacity
    maxThroughput: cosmosMaxThroughput
    sharedMaxThroughput: 1000
    zoneRedundant: zoneRedundant
    isPrivate: isPrivate
  }
}

module synapse 'modules/synapse.bicep' = if (deploySynapse) {
  scope: resourceGroup
  params: {
    location: location
    tags: tags
    workspaceName: names.synapse
    studioHubName: names.synapseStudio
    managedResourceGroupName: names.synapseResourceGroup
    lakeName: names.lake
    administratorObjectId: principalId
    sparkAutoPauseMinutes: sparkAutoPauseMinutes
    sparkMaxNodes: sparkMaxNodes
    allowedIpAddresses: empty(allowedIpAddresses) ? [] : split(allowedIpAddresses, ',')
    isPrivate: isPrivate
  }
  dependsOn: [lake]
}

module sqlPool 'modules/sql-pool.bicep' = if (hasSqlPool) {
  scope: resourceGroup
  params: {
    location: location
    tags: tags
    workspaceName: names.synapse
    poolName: names.sqlPool
    sku: sqlPoolSku
    geoRedundant: zoneRedundant
  }
  dependsOn: [synapse]
}

module analysisServices 'modules/analysis-services.bicep' = if (deployAnalysisServices) {
  scope: resourceGroup
  params: {
    location: location
    tags: tags
    serverName: names.analysisServices
    sku: analysisServicesSku
    administrators: split(analysisServicesAdministrators, ',')
    hasFirewall: isPrivate
    allowedIpAddress: isPrivate ? network!.outputs.outboundIpAddress : ''
  }
}

module keyVault 'modules/key-vault.bicep' = if (deployAnalysisServices) {
  scope: resourceGroup
  params: {
    location: location
    tags: tags
    vaultName: names.keyVault
    isPrivate: isPrivate
  }
}

module biCapacityModule 'modules/bi-capacity.bicep' = if (biCapacity != 'none') {
  scope: resourceGroup
  params: {
    location: location
    tags: tags
    kind: biCapacity == 'fabric' ? 'fabric' : 'powerbi'
    capacityName: names.biCapacity
    sku: !empty(biCapacitySku) ? biCapacitySku : biCapacity == 'fabric' ? 'F2' : 'A1'
    administrators: split(biAdministrators, ',')
  }
}

module capacityKeeperRole 'modules/capacity-keeper-role.bicep' = if (hasCapacity) {
  scope: resourceGroup
  params: {
    suffix: token
  }
}

module roles 'modules/roles.bicep' = {
  scope: resourceGroup
  params: {
    appPrincipalId: identities.outputs.appPrincipalId
    capturePrincipalId: identities.outputs.capturePrincipalId
    synapsePrincipalId: deploySynapse ? synapse!.outputs.synapsePrincipalId : ''
    deployerPrincipalId: principalId
    deployerPrincipalType: principalType
    parts: { synapse: deploySynapse, keyVault: deployAnalysisServices, capacity: hasCapacity }
    names: {
      hostStorage: names.hostStorage
      lake: names.lake
      eventHubs: names.eventHubs
      applicationInsights: names.applicationInsights
      keyVault: names.keyVault
    }
  }
  dependsOn: [hostStorage, lake, eventHubsNamespace, monitoring, keyVault, capacityKeeperRole]
}

module cosmosRoles 'modules/cosmos-roles.bicep' = {
  scope: resourceGroup
  params: {
    accountName: names.cosmos
    appPrincipalId: identities.outputs.appPrincipalId
    synapsePrincipalId: deploySynapse ? synapse!.outputs.synapsePrincipalId : ''
    hasSynapse: deploySynapse
  }
  dependsOn: [cosmos]
}

module monitorPrivateLink 'modules/monitor-private-link.bicep' = if (isPrivate) {
  scope: resourceGroup
  params: {
    scopeName: names.monitorScope
    tags: tags
    workspaceName: names.workspace
    applicationInsightsName: names.applicationInsights
  }
  dependsOn: [monitoring]
}

// Before the hubs and the app, which need what is behind the endpoints.
module privateLink 'modules/private-link.bicep' = if (isPrivate) {
  scope: resourceGroup
  params: {
    location: location
    tags: tags
    networkName: names.network
    names: {
      hostStorage: names.hostStorage
      lake: names.lake
      eventHubs: names.eventHubs
      cosmos: names.cosmos
      monitorScope: names.monitorScope
      synapse: deploySynapse ? names.synapse : ''
      synapseStudio: names.synapseStudio
      keyVault: deployAnalysisServices ? names.keyVault : ''
    }
  }
  dependsOn: [network, hostStorage, lake, eventHubsNamespace, cosmos, synapse, keyVault, monitorPrivateLink]
}

// After the roles: a hub with Capture is refused until its identity may write to the lake.
module eventHubs 'modules/event-hubs.bicep' = {
  scope: resourceGroup
  params: {
    namespaceName: names.eventHubs
    streams: streams
    enableCapture: enableCapture
    captureIdentityName: names.captureIdentity
    lakeName: names.lake
    captureContainerName: captureContainerName
    captureSeconds: 300
  }
  dependsOn: [eventHubsNamespace, roles]
}

// After the roles and the endpoints: the host does not start without its storage.
module app 'modules/app.bicep' = {
  scope: resourceGroup
  params: {
    location: location
    tags: tags
    planName: names.plan
    appName: names.app
    serviceName: serviceName
    identityName: names.appIdentity
    hostStorageName: names.hostStorage
    packageContainerName: packageContainerName
    applicationInsightsName: names.applicationInsights
    eventHubsNamespaceName: names.eventHubs
    cosmosAccountName: names.cosmos
    lakeName: names.lake
    streamNames: map(streams, stream => stream.name)
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    zoneRedundant: zoneRedundant
    networkName: isPrivate ? names.network : ''
    isPrivate: isAppPrivate
  }
  dependsOn: [roles, cosmosRoles, eventHubs, privateLink]
}

module appPrivateEndpoint 'modules/private-endpoints.bicep' = if (isAppPrivate) {
  scope: resourceGroup
  params: {
    location: location
    tags: tags
    networkName: names.network
    endpoints: [
      { name: 'app', resourceType: 'Microsoft.Web/sites', resourceName: names.app, group: 'sites', zones: ['privatelink.azurewebsites.net'] }
    ]
  }
  dependsOn: [app, privateLink]
}

module alerts 'modules/alerts.bicep' = {
  scope: resourceGroup
  params: {
    location: location
    tags: tags
    workspaceName: names.workspace
    actionGroupName: names.actionGroup
    cosmosAccountName: names.cosmos
    eventHubsNamespaceName: names.eventHubs
    maxLag: maxLag
    maxDeadPercent: 1
    maxThrottledRequests: 100
  }
  dependsOn: [monitoring, cosmos, eventHubsNamespace]
}

module workbook 'modules/workbook.bicep' = {
  scope: resourceGroup
  params: {
    location: location
    tags: tags
    workspaceName: names.workspace
  }
  dependsOn: [monitoring]
}

module diagnostics 'modules/diagnostics.bicep' = {
  scope: resourceGroup
  params: {
    workspaceName: names.workspace
    names: {
      hostStorage: names.hostStorage
      lake: names.lake
      eventHubs: names.eventHubs
      cosmos: names.cosmos
      app: names.app
      synapse: deploySynapse ? names.synapse : ''
      sqlPool: hasSqlPool ? names.sqlPool : ''
      analysisServices: deployAnalysisServices ? names.analysisServices : ''
      powerBi: biCapacity == 'powerbi' ? names.biCapacity : ''
      keyVault: deployAnalysisServices ? names.keyVault : ''
      network: isPrivate ? names.network : ''
    }
  }
  dependsOn: [
    monitoring
    hostStorage
    lake
    eventHubsNamespace
    cosmos
    app
    synapse
    sqlPool
    analysisServices
    biCapacityModule
    keyVault
    network
  ]
}

module budget 'modules/budget.bicep' = if (hasBudget) {
  scope: resourceGroup
  params: {
    amount: max(budgetAmount, 1)
    startDate: budgetStartDate
    actionGroupName: names.actionGroup
  }
  dependsOn: [monitoring]
}

// ---------- What the hooks and a local run against Azure read ----------

@description('Resource group that everything is in.')
output AZURE_RESOURCE_GROUP string = names.resourceGroup

@description('Name of the function app.')
output APP_NAME string = names.app

@description('URL of the function app.')
output APP_URL string = app.outputs.url

@description('Object id of the app identity, for Synapse roles.')
output APP_PRINCIPAL_ID string = identities.outputs.appPrincipalId

@description('Name of the lake.')
output LAKE_NAME string = names.lake

@description('Name of the Cosmos DB account.')
output COSMOS_NAME string = names.cosmos

@description('Name of the Synapse workspace. Empty: not deployed.')
output SYNAPSE_NAME string = deploySynapse ? names.synapse : ''

@description('Name of the dedicated SQL pool. Empty: not deployed.')
output SQL_POOL_NAME string = hasSqlPool ? names.sqlPool : ''

@description('Network mode that was deployed.')
output NETWORK_MODE string = networkMode

@description('Setting of the same name, for a local run against Azure.')
output EventHubConnection__fullyQualifiedNamespace string = '${names.eventHubs}.servicebus.windows.net'

@description('Setting of the same name, for a local run against Azure.')
output CosmosConnection__accountEndpoint string = 'https://${names.cosmos}.documents.azure.com:443/'

@description('Setting of the same name, for a local run against Azure.')
output LakeConnection__dfsServiceUri string = 'https://${names.lake}.dfs.${environment().suffixes.storage}/'
