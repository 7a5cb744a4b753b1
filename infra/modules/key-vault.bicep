metadata name = 'Key Vault'
metadata description = 'Keeps the certificate that the app signs in to Analysis Services with, which takes no managed identity. Nothing else in Millrace has a secret. Reference: AVM key-vault/vault.'

@description('Required. Region of the vault.')
param location string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Name of the vault: 3 to 24 letters, digits and hyphens, unique in Azure.')
param vaultName string

@description('Required. Whether the vault answers on private endpoints only.')
param isPrivate bool

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: vaultName
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 7
    enablePurgeProtection: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: { defaultAction: isPrivate ? 'Deny' : 'Allow', bypass: 'AzureServices' }
  }
}
