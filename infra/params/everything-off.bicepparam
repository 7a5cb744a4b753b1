using '../main.bicep'

// The hot path alone: no cold path, no capture, no budget.
param environmentName = 'eo'
param location = 'westeurope'
param principalId = '11111111-1111-1111-1111-111111111111'

param networkMode = 'public'
param eventHubsMaxCapacity = 1
param enableCapture = false
param cosmosCapacity = 'serverless'
param instanceMemoryMB = 512
param deploySynapse = false
param deploySqlPool = false
param deployAnalysisServices = false
param biCapacity = 'none'
param budgetAmount = 0
