metadata name = 'Cosmos DB data roles'
metadata description = 'Who may read and write documents. These roles belong to the account, not to Azure RBAC, and none of them may create a container. Reference: AVM document-db/database-account.'

@description('Required. Name of the Cosmos DB account.')
param accountName string

@description('Required. Object id of the app identity.')
param appPrincipalId string

@description('Optional. Object id of the Synapse workspace identity. Empty: none.')
param synapsePrincipalId string = ''

@description('Required. Whether Synapse is deployed. Apart from its id, which is known only once it is.')
param hasSynapse bool

var contributor = '00000000-0000-0000-0000-000000000002'
var reader = '00000000-0000-0000-0000-000000000001'

// Spark writes cold generations and moves their boundary on the timeline; it reads facts, and nothing of the live state.
var synapseGrants = [
  { collection: 'serving', role: contributor }
  { collection: 'control', role: contributor }
  { collection: 'reference', role: reader }
]

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' existing = {
  name: accountName
}

resource app 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-04-15' = {
  parent: account
  name: guid(account.id, appPrincipalId, contributor)
  properties: {
    principalId: appPrincipalId
    roleDefinitionId: '${account.id}/sqlRoleDefinitions/${contributor}'
    scope: '${account.id}/dbs/millrace'
  }
}

// One after the other: Cosmos DB refuses role assignments of one account at the same time.
@batchSize(1)
resource synapse 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-04-15' = [
  for grant in synapseGrants: if (hasSynapse) {
    parent: account
    name: guid(account.id, synapsePrincipalId, grant.role, grant.collection)
    properties: {
      principalId: synapsePrincipalId
      roleDefinitionId: '${account.id}/sqlRoleDefinitions/${grant.role}'
      scope: '${account.id}/dbs/millrace/colls/${grant.collection}'
    }
    dependsOn: [app]
  }
]
