using '../main.bicep'

// Production on public endpoints: three zones, captured events, throughput by autoscale, instances that are always there.
param environmentName = 'prod'
param location = 'westeurope'
param principalId = '22222222-2222-2222-2222-222222222222'
param principalType = 'ServicePrincipal'

param networkMode = 'public'
param zoneRedundant = true

param eventHubsCapacity = 2
param eventHubsMaxCapacity = 10
param enableCapture = true
param rawRetentionDays = 400
param cosmosCapacity = 'autoscale'
param cosmosMaxThroughput = 4000
param instanceMemoryMB = 2048
param maximumInstanceCount = 100
param alwaysReadyInstances = 2

param deploySynapse = true
param sparkAutoPauseMinutes = 10
param sparkMaxNodes = 10

param alertEmails = 'operations@example.com'
param logRetentionDays = 90
param logDailyQuotaGb = 10
param budgetAmount = 1200
param budgetStartDate = '2026-11-01'
