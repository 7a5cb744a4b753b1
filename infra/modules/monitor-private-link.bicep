metadata name = 'Monitor private link scope'
metadata description = 'Private mode: lets the app send telemetry through the network. Queries stay open, so that people see dashboards and alerts from where they are. Reference: AVM insights/private-link-scope.'

@description('Required. Name of the scope.')
param scopeName string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Name of the Log Analytics workspace.')
param workspaceName string

@description('Required. Name of the Application Insights component.')
param applicationInsightsName string

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource privateLinkScope 'Microsoft.Insights/privateLinkScopes@2021-09-01' = {
  name: scopeName
  location: 'global'
  tags: tags
  properties: { accessModeSettings: { ingestionAccessMode: 'PrivateOnly', queryAccessMode: 'Open' } }

  resource logs 'scopedResources' = {
    name: workspaceName
    properties: { linkedResourceId: workspace.id }
  }

  resource telemetry 'scopedResources' = {
    name: applicationInsightsName
    properties: { linkedResourceId: applicationInsights.id }
    dependsOn: [logs]
  }
}
