metadata name = 'Network'
metadata description = 'Private mode: a virtual network with a subnet for the app and one for private endpoints, and one fixed address to the outside. Reference: AVM network/virtual-network.'

@description('Required. Region of the network.')
param location string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Name of the virtual network.')
param networkName string

@description('Required. Address space, a /22 or larger. It must not overlap networks that are peered with this one.')
param addressSpace string

@description('Required. Whether the outbound address spans three zones.')
param zoneRedundant bool

resource appRules 'Microsoft.Network/networkSecurityGroups@2025-05-01' = {
  name: 'nsg-app'
  location: location
  tags: tags
  // The rules that every group has already keep the internet out.
  properties: { securityRules: [] }
}

resource endpointRules 'Microsoft.Network/networkSecurityGroups@2025-05-01' = {
  name: 'nsg-endpoints'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'AllowServicesFromNetwork'
        properties: {
          description: 'HTTPS, AMQP, SQL and Kafka, which are all that private endpoints here speak.'
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: 'VirtualNetwork'
          destinationPortRanges: ['443', '1433', '5671', '9093']
        }
      }
      {
        name: 'DenyEverythingElse'
        properties: {
          description: 'Nothing else comes in.'
          priority: 4096
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource outboundAddress 'Microsoft.Network/publicIPAddresses@2025-05-01' = {
  name: 'pip-outbound'
  location: location
  tags: tags
  sku: { name: 'Standard', tier: 'Regional' }
  zones: zoneRedundant ? ['1', '2', '3'] : []
  properties: { publicIPAllocationMethod: 'Static', publicIPAddressVersion: 'IPv4' }
}

// A subnet without default outbound access reaches Entra ID, the extension bundles and webhooks through this, and through nothing else.
resource gateway 'Microsoft.Network/natGateways@2025-05-01' = {
  name: 'ng-outbound'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: {
    publicIpAddresses: [{ id: outboundAddress.id }]
    idleTimeoutInMinutes: 4
  }
}

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: networkName
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressSpace] }
    subnets: [
      {
        name: 'snet-app'
        properties: {
          addressPrefix: cidrSubnet(addressSpace, 24, 0)
          defaultOutboundAccess: false
          natGateway: { id: gateway.id }
          networkSecurityGroup: { id: appRules.id }
          // Flex Consumption takes this delegation, not Microsoft.Web/serverFarms.
          delegations: [{ name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'snet-endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressSpace, 24, 1)
          defaultOutboundAccess: false
          networkSecurityGroup: { id: endpointRules.id }
          privateEndpointNetworkPolicies: 'NetworkSecurityGroupEnabled'
        }
      }
    ]
  }
}

@description('Address that everything in the network calls the outside from.')
output outboundIpAddress string = outboundAddress.properties.?ipAddress ?? ''
