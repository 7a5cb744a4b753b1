metadata name = 'Capacity keeper role'
metadata description = 'A custom role that may pause and resume what is charged by the hour, and read its state: nothing else. The predown hook removes it, because a role outlives its resource group.'

@description('Required. Part of the role name that tells deployments of one tenant apart.')
param suffix string

resource capacityKeeper 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'capacity-keeper')
  properties: {
    roleName: 'Millrace capacity keeper ${suffix}'
    description: 'Pause and resume dedicated SQL pools, Analysis Services, Power BI Embedded and Fabric capacities.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: [
          'Microsoft.Synapse/workspaces/sqlPools/read'
          'Microsoft.Synapse/workspaces/sqlPools/pause/action'
          'Microsoft.Synapse/workspaces/sqlPools/resume/action'
          'Microsoft.AnalysisServices/servers/read'
          'Microsoft.AnalysisServices/servers/suspend/action'
          'Microsoft.AnalysisServices/servers/resume/action'
          'Microsoft.PowerBIDedicated/capacities/read'
          'Microsoft.PowerBIDedicated/capacities/suspend/action'
          'Microsoft.PowerBIDedicated/capacities/resume/action'
          'Microsoft.Fabric/capacities/read'
          'Microsoft.Fabric/capacities/suspend/action'
          'Microsoft.Fabric/capacities/resume/action'
        ]
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}
