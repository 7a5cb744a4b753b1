metadata name = 'Monitoring'
metadata description = 'Log Analytics workspace, workspace-based Application Insights without local authentication, and the action group that alerts and the budget call. Reference: AVM insights/component.'

@description('Required. Region of the workspace and the component.')
param location string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Name of the Log Analytics workspace.')
param workspaceName string

@description('Required. Name of the Application Insights component.')
param applicationInsightsName string

@description('Required. Name of the action group.')
param actionGroupName string

@description('Required. Days that logs are kept. The first 31 are free of charge.')
@minValue(30)
@maxValue(730)
param retentionDays int

@description('Required. Gigabytes a day after which ingestion stops until the next day; -1: no limit. A limit bounds the bill and loses what comes after it.')
@minValue(-1)
param dailyQuotaGb int

@description('Required. Addresses that alerts are mailed to. Empty: alerts show in the portal only.')
param alertEmails string[]

@description('Required. Whether telemetry is taken from the internet. Off in private mode, where it comes through the private link scope.')
param allowPublicIngestion bool

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyQuotaGb }
    features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true }
    publicNetworkAccessForIngestion: allowPublicIngestion ? 'Enabled' : 'Disabled'
    // People read logs and dashboards from where they are; they sign in with Entra ID.
    publicNetworkAccessForQuery: 'Enabled'
  }
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' = {
  name: applicationInsightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    IngestionMode: 'LogAnalytics'
    DisableLocalAuth: true
    publicNetworkAccessForIngestion: allowPublicIngestion ? 'Enabled' : 'Disabled'
    publicNetworkAccessForQuery: 'Enabled'
  }
}

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'millrace'
    enabled: true
    emailReceivers: [for (address, i) in alertEmails: { name: 'mail-${i}', emailAddress: address, useCommonAlertSchema: true }]
  }
}
