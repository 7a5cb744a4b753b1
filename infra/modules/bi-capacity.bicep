metadata name = 'BI capacity'
metadata description = 'What embedded reports run on: a Power BI Embedded or a Fabric capacity. Either is charged by the hour until it is paused. Reference: AVM power-bi-dedicated/capacity.'

@description('Required. Region of the capacity.')
param location string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Which of the two.')
@allowed(['powerbi', 'fabric'])
param kind string

@description('Required. Name of the capacity: 3 to 63 lower-case letters and digits.')
param capacityName string

@description('Required. Size: A1 to A6 for Power BI Embedded, F2 to F2048 for Fabric.')
param sku string

@description('Required. Administrators: user principal names, or object ids of service principals.')
@minLength(1)
param administrators string[]

resource embedded 'Microsoft.PowerBIDedicated/capacities@2021-01-01' = if (kind == 'powerbi') {
  name: capacityName
  location: location
  tags: tags
  sku: { name: sku, tier: 'PBIE_Azure', capacity: 1 }
  properties: { administration: { members: administrators }, mode: 'Gen2' }
}

resource fabric 'Microsoft.Fabric/capacities@2023-11-01' = if (kind == 'fabric') {
  name: capacityName
  location: location
  tags: tags
  sku: { name: sku, tier: 'Fabric' }
  properties: { administration: { members: administrators } }
}
