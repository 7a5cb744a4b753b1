metadata name = 'Private endpoints'
metadata description = 'Private mode: one private endpoint for each sub-resource of each service, the private DNS zones that make names resolve to them, and the links of the zones to the network. Reference: AVM network/private-endpoint.'

@description('Required. Region of the endpoints: that of the network.')
param location string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Name of the virtual network. The endpoints get their addresses from its subnet snet-endpoints.')
param networkName string

@description('Required. What to reach, one row for each sub-resource.')
param endpoints endpointType[]

var zoneNames = union(flatten(map(endpoints, endpoint => endpoint.zones)), [])

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' existing = {
  name: networkName

  resource subnet 'subnets' existing = {
    name: 'snet-endpoints'
  }
}

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for name in zoneNames: {
    name: name
    location: 'global'
    tags: tags
  }
]

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (name, i) in zoneNames: {
    parent: zone[i]
    name: networkName
    location: 'global'
    tags: tags
    properties: { registrationEnabled: false, virtualNetwork: { id: network.id } }
  }
]

resource endpoint 'Microsoft.Network/privateEndpoints@2025-05-01' = [
  for target in endpoints: {
    name: 'pe-${target.name}'
    location: location
    tags: tags
    properties: {
      subnet: { id: network::subnet.id }
      customNetworkInterfaceName: 'nic-pe-${target.name}'
      privateLinkServiceConnections: [
        {
          name: target.name
          properties: {
            privateLinkServiceId: resourceId(target.resourceType, target.resourceName)
            groupIds: [target.group]
          }
        }
      ]
    }
  }
]

resource zoneGroup 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-05-01' = [
  for (target, i) in endpoints: {
    parent: endpoint[i]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: map(target.zones, zoneName => {
        name: replace(zoneName, '.', '-')
        properties: { privateDnsZoneId: resourceId('Microsoft.Network/privateDnsZones', zoneName) }
      })
    }
    dependsOn: [zone]
  }
]

// ---------- Definitions ----------

@export()
@description('One private endpoint.')
type endpointType = {
  @description('Required. Its name, without the prefix.')
  name: string
  @description('Required. Type of the resource that it leads to.')
  resourceType: string
  @description('Required. Name of that resource, in this resource group.')
  resourceName: string
  @description('Required. Sub-resource (group id) of that resource.')
  group: string
  @description('Required. Private DNS zones that names of the sub-resource are looked up in.')
  zones: string[]
}
