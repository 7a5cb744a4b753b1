metadata name = 'Synapse workspace'
metadata description = 'Workspace with Entra authentication only and a managed network, and a Spark 3.5 pool that pauses itself. Pipelines, notebooks, Spark jobs and Synapse roles have no ARM type: the postprovision hook puts them. Reference: AVM synapse/workspace.'

@description('Required. Region of the workspace.')
param location string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Name of the workspace: 1 to 50 lower-case letters, digits and hyphens, unique in Azure.')
param workspaceName string

@description('Required. Name of the private link hub that Synapse Studio is reached through in private mode: letters and digits.')
param studioHubName string

@description('Required. Resource group that Azure puts what it manages into. It must not exist.')
param managedResourceGroupName string

@description('Required. Name of the lake, whose container synapse is the workspace\'s own.')
param lakeName string

@description('Required. Object id of the first workspace and SQL administrator.')
param administratorObjectId string

@description('Required. Minutes without work after which the Spark pool pauses. It costs nothing while paused.')
@minValue(5)
@maxValue(10080)
param sparkAutoPauseMinutes int

@description('Required. Most nodes of the Spark pool, of 4 vCores and 32 GB each; a running pool has at least 3.')
@minValue(3)
@maxValue(200)
param sparkMaxNodes int

@description('Required. IPv4 addresses that may reach the workspace beside Azure services. Not in private mode.')
param allowedIpAddresses string[]

@description('Required. Whether the workspace answers on private endpoints only.')
param isPrivate bool

resource lake 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: lakeName
}

resource workspace 'Microsoft.Synapse/workspaces@2021-06-01' = {
  name: workspaceName
  location: location
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: {
    azureADOnlyAuthentication: true
    defaultDataLakeStorage: {
      resourceId: lake.id
      accountUrl: 'https://${lakeName}.dfs.${environment().suffixes.storage}'
      filesystem: 'synapse'
      // The hook makes and approves it where the network is private.
      createManagedPrivateEndpoint: false
    }
    managedResourceGroupName: managedResourceGroupName
    // In public mode too: it cannot be added later, and publicNetworkAccess counts only with it.
    managedVirtualNetwork: 'default'
    managedVirtualNetworkSettings: {
      preventDataExfiltration: false
      linkedAccessCheckOnTargetResource: false
      allowedAadTenantIdsForLinking: []
    }
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    cspWorkspaceAdminProperties: { initialWorkspaceAdminObjectId: administratorObjectId }
    trustedServiceBypassEnabled: true
  }

  resource entraOnly 'azureADOnlyAuthentications' = {
    name: 'default'
    properties: { azureADOnlyAuthentication: true }
  }

  resource tls 'dedicatedSQLminimalTlsSettings' = {
    name: 'default'
    properties: { minimalTlsVersion: '1.2' }
  }

  resource identityInSql 'managedIdentitySqlControlSettings' = {
    name: 'default'
    properties: { grantSqlControlToManagedIdentity: { desiredState: 'Enabled' } }
  }

  resource auditing 'extendedAuditingSettings' = {
    name: 'default'
    properties: { state: 'Enabled', isAzureMonitorTargetEnabled: true }
  }

  // Azure's own addresses, which this pair of zeros stands for: the app calls from there. Entra ID decides who comes in.
  resource azureServices 'firewallRules' = if (!isPrivate) {
    name: 'AllowAllWindowsAzureIps'
    properties: { startIpAddress: '0.0.0.0', endIpAddress: '0.0.0.0' }
  }

  resource allowed 'firewallRules' = [
    for (address, i) in allowedIpAddresses: if (!isPrivate) {
      name: 'allowed-${i}'
      properties: { startIpAddress: address, endIpAddress: address }
    }
  ]

  resource spark 'bigDataPools' = {
    name: 'spark35'
    location: location
    tags: tags
    properties: {
      sparkVersion: '3.5'
      nodeSizeFamily: 'MemoryOptimized'
      nodeSize: 'Small'
      autoScale: { enabled: true, minNodeCount: 3, maxNodeCount: sparkMaxNodes }
      autoPause: { enabled: true, delayInMinutes: sparkAutoPauseMinutes }
      dynamicExecutorAllocation: { enabled: true, minExecutors: 1, maxExecutors: sparkMaxNodes - 1 }
      sessionLevelPackagesEnabled: false
      isComputeIsolationEnabled: false
    }
  }
}

resource studio 'Microsoft.Synapse/privateLinkHubs@2021-06-01' = if (isPrivate) {
  name: studioHubName
  location: location
  tags: tags
}

@description('Object id of the workspace identity, for role assignments.')
output synapsePrincipalId string = workspace.identity.principalId
