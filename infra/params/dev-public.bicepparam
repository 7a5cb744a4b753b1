using '../main.bicep'

// The smallest system that is whole, and what azd deploys unless told otherwise (main.parameters.json).
param environmentName = 'dev'
param location = 'westeurope'
param principalId = '11111111-1111-1111-1111-111111111111'
param principalType = 'User'

param networkMode = 'public'
param appAccess = 'public'
param networkAddressSpace = '10.40.0.0/22'
param allowedIpAddresses = ''
param zoneRedundant = false

param eventHubsSku = 'Standard'
param eventHubsCapacity = 1
param eventHubsMaxCapacity = 4
param enableCapture = false
param rawRetentionDays = 90
param cosmosCapacity = 'serverless'
param cosmosMaxThroughput = 1000
param instanceMemoryMB = 512
param maximumInstanceCount = 40
param alwaysReadyInstances = 0
param nodeVersion = '24'

param deploySynapse = true
param sparkAutoPauseMinutes = 5
param sparkMaxNodes = 3
param deploySqlPool = false
param sqlPoolSku = 'DW100c'
param deployAnalysisServices = false
param analysisServicesSku = 'D1'
param analysisServicesAdministrators = ''
param biCapacity = 'none'
param biCapacitySku = ''
param biAdministrators = ''

param alertEmails = ''
param logRetentionDays = 30
param logDailyQuotaGb = 1
param maxLag = 100000
param budgetAmount = 60
param budgetStartDate = '2026-11-01'
