metadata name = 'Dedicated SQL pool'
metadata description = 'The warehouse of the cold path. It is charged by the hour while it runs, and its storage also while it is paused. Reference: AVM synapse/workspace.'

@description('Required. Region of the pool.')
param location string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Name of the Synapse workspace.')
param workspaceName string

@description('Required. Name of the pool: at most 15 letters, digits and underscores.')
@maxLength(15)
param poolName string

@description('Required. Performance level, from DW100c up.')
param sku string

@description('Required. Whether backups go to the paired region too.')
param geoRedundant bool

resource workspace 'Microsoft.Synapse/workspaces@2021-06-01' existing = {
  name: workspaceName
}

resource pool 'Microsoft.Synapse/workspaces/sqlPools@2021-06-01' = {
  parent: workspace
  name: poolName
  location: location
  tags: tags
  sku: { name: sku }
  properties: {
    createMode: 'Default'
    collation: 'SQL_Latin1_General_CP1_CI_AS'
    storageAccountType: geoRedundant ? 'GRS' : 'LRS'
  }

  resource encryption 'transparentDataEncryption' = {
    name: 'current'
    properties: { status: 'Enabled' }
  }

  resource auditing 'auditingSettings' = {
    name: 'default'
    properties: { state: 'Enabled', isAzureMonitorTargetEnabled: true }
    dependsOn: [encryption]
  }
}
