metadata name = 'Function app'
metadata description = 'The app on the Flex Consumption plan: Node, one user-assigned identity for everything, no connection string. Reference: AVM web/site.'

@description('Required. Region of the app: one that has Flex Consumption.')
param location string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Name of the plan.')
param planName string

@description('Required. Name of the app: 2 to 60 letters, digits and hyphens, unique in Azure.')
param appName string

@description('Required. Service of azure.yaml that is deployed to this app.')
param serviceName string

@description('Required. Name of the identity that the app runs as. Its roles have to be there before the app starts.')
param identityName string

@description('Required. Name of the host storage account.')
param hostStorageName string

@description('Required. Container of the host storage that the package is deployed to.')
param packageContainerName string

@description('Required. Name of the Application Insights component.')
param applicationInsightsName string

@description('Required. Name of the Event Hubs namespace.')
param eventHubsNamespaceName string

@description('Required. Name of the Cosmos DB account.')
param cosmosAccountName string

@description('Required. Name of the lake.')
param lakeName string

@description('Required. Names of the streams: each has an ingest function that may be kept ready.')
param streamNames string[]

@description('Required. Major version of Node.')
@allowed(['22', '24'])
param nodeVersion string

@description('Required. Memory of an instance, in megabytes. What runs is charged by memory and time.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int

@description('Required. Most instances at once, of each function that scales by itself.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int

@description('Required. Instances of each ingest function that are always there, and always charged; 0: started when events come.')
@minValue(0)
@maxValue(100)
param alwaysReadyInstances int

@description('Required. Whether the plan spans three zones. Then at least two always-ready instances are wanted.')
param zoneRedundant bool

@description('Optional. Name of the virtual network that the app goes out through, in its subnet snet-app. Empty: none.')
param networkName string = ''

@description('Required. Whether the app and its deployment endpoint answer on a private endpoint only. Deployments then come from inside the network.')
param isPrivate bool

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource hostStorage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: hostStorageName
}

resource lake 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: lakeName
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' existing = {
  name: empty(networkName) ? 'none' : networkName

  resource subnet 'subnets' existing = {
    name: 'snet-app'
  }
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true, zoneRedundant: zoneRedundant }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: appName
  location: location
  tags: union(tags, { 'azd-service-name': serviceName })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    virtualNetworkSubnetId: empty(networkName) ? null : network::subnet.id
    keyVaultReferenceIdentity: identity.id
    functionAppConfig: {
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyInstances > 0 ? map(streamNames, name => { name: 'function:ingest-${name}', instanceCount: alwaysReadyInstances }) : []
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostStorage.properties.primaryEndpoints.blob}${packageContainerName}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
    }
    // Nothing else: Flex Consumption refuses the other keys of siteConfig, ftpsState and alwaysOn among them.
    siteConfig: { minTlsVersion: '1.2' }
  }

  // Exactly what shared/config.ts describes for Azure: a check compares them.
  resource settings 'config' = {
    name: 'appsettings'
    properties: {
      AzureWebJobsStorage__blobServiceUri: hostStorage.properties.primaryEndpoints.blob
      AzureWebJobsStorage__queueServiceUri: hostStorage.properties.primaryEndpoints.queue
      AzureWebJobsStorage__tableServiceUri: hostStorage.properties.primaryEndpoints.table
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identity.properties.clientId
      EventHubConnection__fullyQualifiedNamespace: '${eventHubsNamespaceName}.servicebus.windows.net'
      EventHubConnection__credential: 'managedidentity'
      EventHubConnection__clientId: identity.properties.clientId
      CosmosConnection__accountEndpoint: 'https://${cosmosAccountName}.documents.azure.com:443/'
      CosmosConnection__credential: 'managedidentity'
      CosmosConnection__clientId: identity.properties.clientId
      LakeConnection__dfsServiceUri: lake.properties.primaryEndpoints.dfs
      APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsights.properties.ConnectionString
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
      AZURE_CLIENT_ID: identity.properties.clientId
      MILLRACE_HEARTBEATS: 'timer'
      MILLRACE_KEEP_ALL: 'false'
    }
  }

  resource noFtpPassword 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource noScmPassword 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

@description('URL of the app, without a slash at its end.')
output url string = 'https://${app.properties.defaultHostName}'
