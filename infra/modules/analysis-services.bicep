metadata name = 'Analysis Services'
metadata description = 'The server of the semantic model. It has no private endpoint and takes no managed identity: service principals are named as administrators one by one. By hand, because the AVM module knows no administrators.'

@description('Required. Region of the server.')
param location string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Name of the server: 3 to 63 lower-case letters and digits, unique in its region.')
param serverName string

@description('Required. Size: D1 (development), B1 to B2, S0 to S9. Charged by the hour until it is paused.')
param sku string

@description('Required. Server administrators: user principal names, or app:<client id>@<tenant id>. Groups do not work for service principals.')
@minLength(1)
param administrators string[]

@description('Required. Whether only Power BI and one address may connect. Off where the app has no fixed address.')
param hasFirewall bool

@description('Conditional. That address. Needed with the firewall.')
param allowedIpAddress string = ''

var tier = startsWith(sku, 'D') ? 'Development' : startsWith(sku, 'B') ? 'Basic' : 'Standard'

resource server 'Microsoft.AnalysisServices/servers@2017-08-01' = {
  name: serverName
  location: location
  tags: tags
  sku: { name: sku, tier: tier, capacity: 1 }
  properties: {
    asAdministrators: { members: administrators }
    ipV4FirewallSettings: hasFirewall
      ? {
          enablePowerBIService: true
          firewallRules: [{ firewallRuleName: 'app', rangeStart: allowedIpAddress, rangeEnd: allowedIpAddress }]
        }
      : null
  }
}
