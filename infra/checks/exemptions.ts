/** Where Millrace does not do what policies.ts asks, and why. An exemption that nothing needs is a finding. */

export interface Exemption {
  readonly rule: string
  readonly type: string
  /** Of one resource alone. */
  readonly name?: string
  readonly networkMode: 'public' | 'private' | 'any'
  readonly reason: string
}

const publicEndpoint = 'Public mode is for those who want no network to keep: Entra ID alone decides who comes in.'

export const exemptions: readonly Exemption[] = [
  ...[
    'Microsoft.EventHub/namespaces',
    'Microsoft.EventHub/namespaces/networkRuleSets',
    'Microsoft.DocumentDB/databaseAccounts',
    'Microsoft.Storage/storageAccounts',
    'Microsoft.KeyVault/vaults',
    'Microsoft.Synapse/workspaces',
  ].map((type): Exemption => ({ rule: 'firewall', type, networkMode: 'public', reason: publicEndpoint })),
  {
    rule: 'azure-services',
    type: 'Microsoft.Synapse/workspaces/firewallRules',
    name: 'AllowAllWindowsAzureIps',
    networkMode: 'public',
    reason:
      'The app starts pipelines from an address of Azure that is not known beforehand. Private mode has no such rule.',
  },
  {
    rule: 'open-firewall',
    type: 'Microsoft.AnalysisServices/servers',
    networkMode: 'public',
    reason:
      'Analysis Services has no private endpoint and knows no Azure services, and the app has no fixed address in public mode. In private mode it lets in the one outbound address and Power BI.',
  },
  {
    rule: 'exfiltration',
    type: 'Microsoft.Synapse/workspaces',
    networkMode: 'any',
    reason: 'It cannot be undone, and pipelines read operational databases wherever they are.',
  },
  {
    rule: 'compute-isolation',
    type: 'Microsoft.Synapse/workspaces/bigDataPools',
    networkMode: 'any',
    reason: 'Only the largest node size has it.',
  },
]
