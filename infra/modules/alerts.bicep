metadata name = 'Alerts'
metadata description = 'What somebody has to act on: lag, failures, dead letters, holes, silence and throttling. The log rules read the report that the app writes for each stream every minute (functions/report.ts).'

@description('Required. Region of the log rules: that of the workspace.')
param location string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Name of the Log Analytics workspace that the queries read.')
param workspaceName string

@description('Required. Name of the action group that every alert calls.')
param actionGroupName string

@description('Required. Name of the Cosmos DB account to watch for throttling.')
param cosmosAccountName string

@description('Required. Name of the Event Hubs namespace to watch for throttling.')
param eventHubsNamespaceName string

@description('Required. Events of a stream waiting in the hub beyond which the lag alert is raised.')
@minValue(1)
param maxLag int

@description('Required. Dead letters in a hundred received events, over half an hour, beyond which the dead-letter alert is raised.')
@minValue(0)
@maxValue(100)
param maxDeadPercent int

@description('Required. Requests that Cosmos DB refuses with 429 in five minutes beyond which the throttling alert is raised. A few are normal: the app waits and tries again.')
@minValue(0)
param maxThrottledRequests int

var reports = 'AppTraces | where Message startswith "stream report " | extend report = parse_json(substring(Message, 14)) | extend stream = tostring(report.stream), lag = tolong(report.lag), received = tolong(report.ledger.received), dead = tolong(report.ledger.dead), lost = tolong(report.ledger.lost)'

var logAlerts = [
  {
    name: 'lag'
    description: 'A stream falls behind: more events wait in the hub than are worked off.'
    severity: 2
    window: 'PT15M'
    query: '${reports} | summarize lag = min(lag) by stream | where lag > ${maxLag}'
    raiseOn: 'any row'
  }
  {
    name: 'failures'
    description: 'Functions fail again and again: the world behind the app is broken, and a partition may be held.'
    severity: 1
    window: 'PT15M'
    query: 'AppRequests | where Success == false | summarize failures = count() by OperationName | where failures > 5'
    raiseOn: 'any row'
  }
  {
    name: 'dead-letters'
    description: 'Many events of a stream cannot be processed: a producer changed, or something is attacking.'
    severity: 2
    window: 'PT30M'
    query: '${reports} | summarize dead = max(dead) - min(dead), received = max(received) - min(received) by stream | where received > 0 and 100.0 * dead / received > ${maxDeadPercent}'
    raiseOn: 'any row'
  }
  {
    name: 'holes'
    description: 'Events are lost: neither the hub nor the capture holds them any more.'
    severity: 0
    window: 'PT1H'
    query: '${reports} | summarize lost = max(lost) - min(lost) by stream | where lost > 0'
    raiseOn: 'any row'
  }
  {
    name: 'silence'
    description: 'The app has not reported for a quarter of an hour: it does not run, or its telemetry does not arrive.'
    severity: 1
    window: 'PT15M'
    query: reports
    raiseOn: 'no row'
  }
]

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' existing = {
  name: actionGroupName
}

resource cosmos 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' existing = {
  name: cosmosAccountName
}

resource eventHubs 'Microsoft.EventHub/namespaces@2024-01-01' existing = {
  name: eventHubsNamespaceName
}

resource logAlert 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in logAlerts: {
    name: 'millrace-${alert.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'Millrace: ${alert.name}'
      description: alert.description
      severity: alert.severity
      enabled: true
      evaluationFrequency: 'PT15M'
      windowSize: alert.window
      scopes: [workspace.id]
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Count'
            operator: alert.raiseOn == 'any row' ? 'GreaterThan' : 'LessThan'
            threshold: alert.raiseOn == 'any row' ? 0 : 1
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      autoMitigate: true
      // The tables appear with the first telemetry, after the rules.
      skipQueryValidation: true
      actions: { actionGroups: [actionGroup.id] }
    }
  }
]

resource cosmosThrottling 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'millrace-throttling-cosmos'
  location: 'global'
  tags: tags
  properties: {
    description: 'Cosmos DB refuses requests because the throughput is spent: the app waits, and latency grows.'
    severity: 2
    enabled: true
    scopes: [cosmos.id]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'throttled'
          criterionType: 'StaticThresholdCriterion'
          metricName: 'TotalRequests'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: maxThrottledRequests
          dimensions: [{ name: 'StatusCode', operator: 'Include', values: ['429'] }]
        }
      ]
    }
    autoMitigate: true
    actions: [{ actionGroupId: actionGroup.id }]
  }
}

resource eventHubsThrottling 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'millrace-throttling-event-hubs'
  location: 'global'
  tags: tags
  properties: {
    description: 'Event Hubs refuses requests because the throughput units are spent: producers have to wait.'
    severity: 2
    enabled: true
    scopes: [eventHubs.id]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'throttled'
          criterionType: 'StaticThresholdCriterion'
          metricName: 'ThrottledRequests'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    autoMitigate: true
    actions: [{ actionGroupId: actionGroup.id }]
  }
}
