using '../main.bicep'

// Development behind private endpoints. The app itself stays on the internet, so that it can be deployed from anywhere.
param environmentName = 'dev-private'
param location = 'westeurope'
param principalId = '11111111-1111-1111-1111-111111111111'

param networkMode = 'private'
param appAccess = 'public'

param enableCapture = true
param rawRetentionDays = 30
param cosmosCapacity = 'serverless'
param instanceMemoryMB = 2048

param deploySynapse = true
param sparkMaxNodes = 3

param budgetAmount = 300
param budgetStartDate = '2026-11-01'
