metadata name = 'Workbook'
metadata description = 'One page in the portal with what the streams report, what failed, and what Cosmos DB and Event Hubs say. Reference: AVM insights/workbook.'

@description('Required. Region of the workbook.')
param location string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Name of the Log Analytics workspace that the workbook queries.')
param workspaceName string

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspace.id, 'millrace')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Millrace'
    category: 'workbook'
    sourceId: workspace.id
    version: 'Notebook/1.0'
    serializedData: loadTextContent('workbook.json')
  }
}
