metadata name = 'Host storage'
metadata description = 'Storage of the Functions host: checkpoints, locks, keys, Durable work items and the deployed package. Apart from the lake, because the host does not work on a hierarchical namespace. Reference: AVM storage/storage-account.'

@description('Required. Region of the account.')
param location string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Name of the account: 3 to 24 lower-case letters and digits, unique in Azure.')
param accountName string

@description('Required. Container that the deployed package of the app is kept in.')
param packageContainerName string

@description('Required. Whether data is kept in three zones.')
param zoneRedundant bool

@description('Required. Whether the account answers on private endpoints only.')
param isPrivate bool

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: accountName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS' }
  properties: {
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowCrossTenantReplication: false
    isHnsEnabled: false
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: { defaultAction: isPrivate ? 'Deny' : 'Allow', bypass: 'AzureServices' }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: { enabled: true, days: 7 }
      containerDeleteRetentionPolicy: { enabled: true, days: 7 }
    }

    resource packages 'containers' = {
      name: packageContainerName
      properties: { publicAccess: 'None' }
    }
  }

  resource queues 'queueServices' = {
    name: 'default'
    properties: {}
  }

  resource tables 'tableServices' = {
    name: 'default'
    properties: {}
  }
}
