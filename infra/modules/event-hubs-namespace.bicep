metadata name = 'Event Hubs namespace'
metadata description = 'The namespace that all streams share, without access keys. Its hubs are a module of their own: Capture needs a role that needs this namespace first. Reference: AVM event-hub/namespace.'

@description('Required. Region of the namespace.')
param location string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Name of the namespace: 6 to 50 letters, digits and hyphens, unique in Azure.')
param namespaceName string

@description('Required. Name of the identity that Capture writes as.')
param captureIdentityName string

@description('Required. Tier. Premium is isolated and includes Capture; Basic has neither Capture nor a second consumer group.')
@allowed(['Standard', 'Premium'])
param sku string

@description('Required. Throughput units (Standard: 1 MB or 1,000 events a second in, 2 MB out, each) or processing units (Premium).')
@minValue(1)
param capacity int

@description('Required. Throughput units that auto-inflate may go up to, Standard only; equal to the capacity: it stays. It never goes down again by itself.')
@minValue(1)
@maxValue(40)
param maxCapacity int

@description('Required. Whether the namespace spans three zones, in regions that have them.')
param zoneRedundant bool

@description('Required. Whether the namespace answers on private endpoints only.')
param isPrivate bool

var inflates = sku == 'Standard' && maxCapacity > capacity

resource captureIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: captureIdentityName
}

resource namespace 'Microsoft.EventHub/namespaces@2024-01-01' = {
  name: namespaceName
  location: location
  tags: tags
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${captureIdentity.id}': {} } }
  sku: { name: sku, tier: sku, capacity: capacity }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    isAutoInflateEnabled: inflates
    maximumThroughputUnits: inflates ? maxCapacity : 0
    zoneRedundant: zoneRedundant
  }

  // It overrides the namespace's own setting, so both say the same.
  resource networkRules 'networkRuleSets' = {
    name: 'default'
    properties: {
      publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      trustedServiceAccessEnabled: true
    }
  }
}
