using '../main.bicep'

// Every switch on, and the longest environment name: what the checks look at, not what anybody would pay for.
param environmentName = 'everything-on-longest-24'
param location = 'westeurope'
param principalId = '22222222-2222-2222-2222-222222222222'
param principalType = 'Group'

param networkMode = 'private'
param appAccess = 'private'
param zoneRedundant = true

param eventHubsSku = 'Standard'
param eventHubsCapacity = 2
param eventHubsMaxCapacity = 40
param enableCapture = true
param rawRetentionDays = 0
param cosmosCapacity = 'autoscale'
param cosmosMaxThroughput = 10000
param instanceMemoryMB = 4096
param maximumInstanceCount = 1000
param alwaysReadyInstances = 3

param deploySynapse = true
param deploySqlPool = true
param deployAnalysisServices = true
param analysisServicesSku = 'S0'
param analysisServicesAdministrators = 'admin@example.com,app:33333333-3333-3333-3333-333333333333@44444444-4444-4444-4444-444444444444'
param biCapacity = 'powerbi'
param biAdministrators = 'admin@example.com'

param alertEmails = 'operations@example.com'
param logRetentionDays = 730
param logDailyQuotaGb = -1
param budgetAmount = 10000
param budgetStartDate = '2026-11-01'
