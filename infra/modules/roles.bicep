metadata name = 'Role assignments'
metadata description = 'Every Azure role that anything in Millrace has, and why. Data roles of Cosmos DB are in cosmos-roles.bicep; Synapse roles have no ARM type and are assigned by the postprovision hook. The compiler knows the roles and targets, so a row with another one does not build.'

@description('Required. Object id of the app identity.')
param appPrincipalId string

@description('Required. Object id of the capture identity.')
param capturePrincipalId string

@description('Optional. Object id of the Synapse workspace identity. Empty where there is no workspace.')
param synapsePrincipalId string = ''

@description('Required. Object id of who deploys.')
param deployerPrincipalId string

@description('Required. What kind of principal deploys. The wrong one makes the assignment fail.')
@allowed(['User', 'ServicePrincipal', 'Group'])
param deployerPrincipalType string

@description('Required. Which of the optional parts are deployed.')
param parts { synapse: bool, keyVault: bool, capacity: bool }

@description('Required. Names of the resources that roles are assigned on.')
param names { hostStorage: string, lake: string, eventHubs: string, applicationInsights: string, keyVault: string }

@description('Optional. The table. It is a parameter so that its rows are typed; nothing passes another one.')
param assignments assignmentType[] = [
  {
    principal: 'app'
    role: 'Storage Blob Data Owner'
    target: 'hostStorage'
    reason: 'The host keeps checkpoints, locks and keys, and reads the package'
  }
  {
    principal: 'app'
    role: 'Storage Queue Data Contributor'
    target: 'hostStorage'
    reason: 'Durable Functions keeps its work items in queues'
  }
  {
    principal: 'app'
    role: 'Storage Table Data Contributor'
    target: 'hostStorage'
    reason: 'Durable Functions keeps its histories, and the host its diagnostics, in tables'
  }
  {
    principal: 'app'
    role: 'Azure Event Hubs Data Receiver'
    target: 'eventHubs'
    reason: 'Ingest, and direct reads of what the trigger skipped'
  }
  {
    principal: 'app'
    role: 'Azure Event Hubs Data Sender'
    target: 'eventHubs'
    reason: 'Heartbeats, the collector, and redriven dead letters'
  }
  {
    principal: 'app'
    role: 'Monitoring Metrics Publisher'
    target: 'applicationInsights'
    reason: 'Telemetry without an instrumentation key'
  }
  { principal: 'app', role: 'Storage Blob Data Reader', target: 'lake/raw', reason: 'Replays read what was captured' }
  {
    principal: 'app'
    role: 'Storage Blob Data Contributor'
    target: 'lake/dead-letters'
    reason: 'Bodies of dead letters that are too large for a document'
  }
  {
    principal: 'capture'
    role: 'Storage Blob Data Contributor'
    target: 'lake'
    reason: 'Event Hubs Capture writes every event. On the account, as Capture documents it'
  }
  {
    principal: 'synapse'
    role: 'Storage Blob Data Contributor'
    target: 'lake'
    reason: 'Pipelines and Spark read raw events and write the lake'
  }
  {
    principal: 'deployer'
    role: 'Storage Blob Data Contributor'
    target: 'lake/code'
    reason: 'The postprovision hook uploads Spark code'
  }
  {
    principal: 'app'
    role: 'Key Vault Secrets User'
    target: 'keyVault'
    reason: 'The certificate for Analysis Services'
  }
  {
    principal: 'app'
    role: 'Millrace capacity keeper'
    target: 'resourceGroup'
    reason: 'Pauses what is idle and resumes it for a run'
  }
]

var roleIds = {
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  'Storage Blob Data Contributor': 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  'Storage Blob Data Reader': '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
  'Storage Queue Data Contributor': '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  'Storage Table Data Contributor': '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  'Azure Event Hubs Data Receiver': 'a638d3c7-ab3a-418d-83e6-5f17a39d4fde'
  'Azure Event Hubs Data Sender': '2b629674-e913-4c01-ae53-ef4638d8f975'
  'Monitoring Metrics Publisher': '3913510d-42f4-4e42-8a64-420c390055eb'
  'Key Vault Secrets User': '4633458b-17de-408a-b874-0445c86b69e6'
  'Millrace capacity keeper': guid(resourceGroup().id, 'capacity-keeper')
}

var principals = {
  app: { id: appPrincipalId, type: 'ServicePrincipal' }
  capture: { id: capturePrincipalId, type: 'ServicePrincipal' }
  synapse: { id: synapsePrincipalId, type: 'ServicePrincipal' }
  deployer: { id: deployerPrincipalId, type: deployerPrincipalType }
}

// Synapse's part decides for its identity and for code that only Spark runs.
var wanted = filter(
  assignments,
  row => (parts.synapse || (row.principal != 'synapse' && row.target != 'lake/code')) && (parts.keyVault || row.target != 'keyVault') && (parts.capacity || row.target != 'resourceGroup')
)

resource hostStorage 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: names.hostStorage
}

resource lake 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: names.lake

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource raw 'containers' existing = {
      name: 'raw'
    }

    resource code 'containers' existing = {
      name: 'code'
    }

    resource deadLetters 'containers' existing = {
      name: 'dead-letters'
    }
  }
}

resource eventHubs 'Microsoft.EventHub/namespaces@2024-01-01' existing = {
  name: names.eventHubs
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: names.applicationInsights
}

resource keyVault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: names.keyVault
}

resource onHostStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for row in filter(wanted, row => row.target == 'hostStorage'): {
    name: guid(hostStorage.id, principals[row.principal].id, roleIds[row.role])
    scope: hostStorage
    properties: {
      principalId: principals[row.principal].id
      principalType: principals[row.principal].type
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[row.role])
      description: row.reason
    }
  }
]

resource onLake 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for row in filter(wanted, row => row.target == 'lake'): {
    name: guid(lake.id, principals[row.principal].id, roleIds[row.role])
    scope: lake
    properties: {
      principalId: principals[row.principal].id
      principalType: principals[row.principal].type
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[row.role])
      description: row.reason
    }
  }
]

resource onRaw 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for row in filter(wanted, row => row.target == 'lake/raw'): {
    name: guid(lake::blobs::raw.id, principals[row.principal].id, roleIds[row.role])
    scope: lake::blobs::raw
    properties: {
      principalId: principals[row.principal].id
      principalType: principals[row.principal].type
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[row.role])
      description: row.reason
    }
  }
]

resource onCode 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for row in filter(wanted, row => row.target == 'lake/code'): {
    name: guid(lake::blobs::code.id, principals[row.principal].id, roleIds[row.role])
    scope: lake::blobs::code
    properties: {
      principalId: principals[row.principal].id
      principalType: principals[row.principal].type
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[row.role])
      description: row.reason
    }
  }
]

resource onDeadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for row in filter(wanted, row => row.target == 'lake/dead-letters'): {
    name: guid(lake::blobs::deadLetters.id, principals[row.principal].id, roleIds[row.role])
    scope: lake::blobs::deadLetters
    properties: {
      principalId: principals[row.principal].id
      principalType: principals[row.principal].type
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[row.role])
      description: row.reason
    }
  }
]

resource onEventHubs 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for row in filter(wanted, row => row.target == 'eventHubs'): {
    name: guid(eventHubs.id, principals[row.principal].id, roleIds[row.role])
    scope: eventHubs
    properties: {
      principalId: principals[row.principal].id
      principalType: principals[row.principal].type
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[row.role])
      description: row.reason
    }
  }
]

resource onApplicationInsights 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for row in filter(wanted, row => row.target == 'applicationInsights'): {
    name: guid(applicationInsights.id, principals[row.principal].id, roleIds[row.role])
    scope: applicationInsights
    properties: {
      principalId: principals[row.principal].id
      principalType: principals[row.principal].type
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[row.role])
      description: row.reason
    }
  }
]

resource onKeyVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for row in filter(wanted, row => row.target == 'keyVault'): {
    name: guid(keyVault.id, principals[row.principal].id, roleIds[row.role])
    scope: keyVault
    properties: {
      principalId: principals[row.principal].id
      principalType: principals[row.principal].type
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[row.role])
      description: row.reason
    }
  }
]

resource onResourceGroup 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for row in filter(wanted, row => row.target == 'resourceGroup'): {
    name: guid(resourceGroup().id, principals[row.principal].id, roleIds[row.role])
    properties: {
      principalId: principals[row.principal].id
      principalType: principals[row.principal].type
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[row.role])
      description: row.reason
    }
  }
]

// ---------- Definitions ----------

@description('One role of one principal on one resource.')
type assignmentType = {
  @description('Required. Who has it.')
  principal: 'app' | 'capture' | 'synapse' | 'deployer'
  @description('Required. The role.')
  role:
    | 'Storage Blob Data Owner'
    | 'Storage Blob Data Contributor'
    | 'Storage Blob Data Reader'
    | 'Storage Queue Data Contributor'
    | 'Storage Table Data Contributor'
    | 'Azure Event Hubs Data Receiver'
    | 'Azure Event Hubs Data Sender'
    | 'Monitoring Metrics Publisher'
    | 'Key Vault Secrets User'
    | 'Millrace capacity keeper'
  @description('Required. What it is on.')
  target: 'hostStorage' | 'lake' | 'lake/raw' | 'lake/code' | 'lake/dead-letters' | 'eventHubs' | 'applicationInsights' | 'keyVault' | 'resourceGroup'
  @description('Required. What it is needed for.')
  reason: string
}
