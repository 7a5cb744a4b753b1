metadata name = 'Lake'
metadata description = 'The data lake (ADLS Gen2): captured events, the cold path, Spark code, large dead letters. Reference: AVM storage/storage-account.'

@description('Required. Region of the account.')
param location string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Name of the account: 3 to 24 lower-case letters and digits, unique in Azure.')
param accountName string

@description('Required. Whether data is kept in three zones.')
param zoneRedundant bool

@description('Required. Whether the internet is kept out. Trusted services pass, which is how Capture writes.')
param isPrivate bool

@description('Required. Days that captured events are kept; 0: for ever. A replay can go back this far.')
@minValue(0)
param rawRetentionDays int

@description('Required. Days after which captured events move to the cool tier, which is cheaper to keep and dearer to read; 0: never.')
@minValue(0)
param rawCoolAfterDays int

@description('Required. Days that the bodies of large dead letters are kept: as long as the documents that point to them.')
@minValue(1)
param deadLetterRetentionDays int

var containerNames = ['raw', 'lake', 'code', 'synapse', 'dead-letters']

var rawToCool = rawCoolAfterDays > 0 ? { tierToCool: { daysAfterModificationGreaterThan: rawCoolAfterDays } } : {}
var rawDelete = rawRetentionDays > 0 ? { delete: { daysAfterModificationGreaterThan: rawRetentionDays } } : {}
var rawActions = union(rawToCool, rawDelete)

var rawRule = {
  name: 'raw'
  type: 'Lifecycle'
  enabled: true
  definition: {
    filters: { blobTypes: ['blockBlob'], prefixMatch: ['raw/'] }
    actions: { baseBlob: rawActions }
  }
}

var deadLetterRule = {
  name: 'dead-letters'
  type: 'Lifecycle'
  enabled: true
  definition: {
    filters: { blobTypes: ['blockBlob'], prefixMatch: ['dead-letters/'] }
    actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: deadLetterRetentionDays } } }
  }
}

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: accountName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS' }
  properties: {
    accessTier: 'Hot'
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowCrossTenantReplication: false
    isHnsEnabled: true
    // Enabled with Deny, not Disabled: Capture comes from a trusted service over the public endpoint.
    publicNetworkAccess: 'Enabled'
    networkAcls: { defaultAction: isPrivate ? 'Deny' : 'Allow', bypass: 'AzureServices' }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: { enabled: true, days: 7 }
      containerDeleteRetentionPolicy: { enabled: true, days: 7 }
    }

    resource containers 'containers' = [
      for name in containerNames: {
        name: name
        properties: { publicAccess: 'None' }
      }
    ]
  }

  resource lifecycle 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: { rules: empty(rawActions) ? [deadLetterRule] : [rawRule, deadLetterRule] }
    }
    dependsOn: [blobs]
  }
}
