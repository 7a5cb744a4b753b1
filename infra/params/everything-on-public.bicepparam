using '../main.bicep'

// Every switch on, on public endpoints, with the other choice wherever there are two: a set for the checks.
param environmentName = 'everything-on-public-24'
param location = 'westeurope'
param principalId = '22222222-2222-2222-2222-222222222222'
param principalType = 'Group'

param networkMode = 'public'
param allowedIpAddresses = '203.0.113.7,203.0.113.8'
param zoneRedundant = true

param eventHubsCapacity = 2
param eventHubsMaxCapacity = 40
param enableCapture = true
param rawRetentionDays = 0
param cosmosCapacity = 'autoscale'
param cosmosMaxThroughput = 10000
param instanceMemoryMB = 4096
param maximumInstanceCount = 1000
param alwaysReadyInstances = 3
param nodeVersion = '22'

param deploySynapse = true
param deploySqlPool = true
param deployAnalysisServices = true
param analysisServicesSku = 'B1'
param analysisServicesAdministrators = 'admin@example.com'
param biCapacity = 'fabric'
param biAdministrators = 'admin@example.com'

param alertEmails = 'operations@example.com'
param logRetentionDays = 730
param logDailyQuotaGb = -1
param budgetAmount = 10000
param budgetStartDate = '2026-11-01'
