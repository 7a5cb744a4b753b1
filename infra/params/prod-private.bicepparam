using '../main.bicep'

// Production inside a network, the app too: deployed by a pipeline that runs in the network, or in one peered with it.
param environmentName = 'prod-private'
param location = 'westeurope'
param principalId = '22222222-2222-2222-2222-222222222222'
param principalType = 'ServicePrincipal'

param networkMode = 'private'
param appAccess = 'private'
param networkAddressSpace = '10.60.0.0/22'
param zoneRedundant = true

param eventHubsSku = 'Premium'
param eventHubsCapacity = 1
param eventHubsMaxCapacity = 1
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

param alertEmails = 'operations@example.com,duty@example.com'
param logRetentionDays = 90
param logDailyQuotaGb = 10
param budgetAmount = 2500
param budgetStartDate = '2026-11-01'
