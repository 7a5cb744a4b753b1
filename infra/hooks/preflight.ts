/** What can be known to go wrong before anything is deployed. */
import type { Environment } from './environment.ts'

/** What the deployment will have: parameters by name, as azd would fill them in. */
export type Parameters = Readonly<Record<string, string>>

/** The parameters of main.parameters.json with variables of the environment put in: `${VARIABLE=default}`. */
export const parametersFrom = (
  declared: ReadonlyMap<string, { readonly variable: string; readonly default: string }>,
  environment: Environment,
): Parameters =>
  Object.fromEntries(
    [...declared].map(([name, { variable, default: byDefault }]) => [name, environment[variable] || byDefault]),
  )

/**
 * Every problem at once, by the variable or parameter to change. Region and principal may still be empty: azd asks for the one
 * and finds out the other after this hook.
 */
export const preflightProblems = (parameters: Parameters): string[] => {
  const value = (name: string): string => parameters[name] ?? ''
  const isOn = (name: string): boolean => value(name) === 'true'
  const list = (name: string): string[] => (value(name) === '' ? [] : value(name).split(','))
  const rules: readonly (readonly [isWrong: boolean, message: string])[] = [
    [
      !/^[a-z][a-z0-9-]{0,22}[a-z0-9]$/.test(value('environmentName')),
      'environmentName: expected 2 to 24 lower-case letters, digits and hyphens (azd env new NAME)',
    ],
    [
      !/^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/i.test(value('principalId')),
      'principalId: expected the object id of who deploys (azd auth login)',
    ],
    [
      !['User', 'ServicePrincipal', 'Group'].includes(value('principalType')),
      'principalType: expected User, ServicePrincipal or Group',
    ],
    [
      value('appAccess') === 'private' && value('networkMode') !== 'private',
      'appAccess: private needs networkMode private',
    ],
    [
      list('allowedIpAddresses').some((address) => !/^(\d{1,3}\.){3}\d{1,3}$/.test(address)),
      'allowedIpAddresses: expected IPv4 addresses separated by commas, without blanks',
    ],
    [
      list('alertEmails').some((address) => !/^[^\s@,]+@[^\s@,]+$/.test(address)),
      'alertEmails: expected addresses separated by commas, without blanks',
    ],
    [Number(value('cosmosMaxThroughput')) % 1000 !== 0, 'cosmosMaxThroughput: expected a multiple of 1000'],
    [
      Number(value('eventHubsMaxCapacity')) < Number(value('eventHubsCapacity')) &&
        value('eventHubsSku') === 'Standard',
      'eventHubsMaxCapacity: expected eventHubsCapacity or more',
    ],
    [isOn('deploySqlPool') && !isOn('deploySynapse'), 'deploySqlPool: needs deploySynapse'],
    [
      isOn('deployAnalysisServices') && list('analysisServicesAdministrators').length === 0,
      'analysisServicesAdministrators: expected at least one where Analysis Services is deployed',
    ],
    [
      value('biCapacity') !== 'none' && list('biAdministrators').length === 0,
      'biAdministrators: expected at least one where there is a BI capacity',
    ],
  ]
  return rules.filter(([isWrong]) => isWrong).map(([, message]) => message)
}

/** Resource providers that have to be registered in the subscription. Microsoft.App is Flex Consumption in a network. */
export const providersFor = (parameters: Parameters): string[] => [
  'Microsoft.App',
  'Microsoft.DocumentDB',
  'Microsoft.EventHub',
  'Microsoft.Insights',
  'Microsoft.OperationalInsights',
  'Microsoft.Storage',
  'Microsoft.Web',
  ...(parameters['networkMode'] === 'private' ? ['Microsoft.Network'] : []),
  ...(parameters['deploySynapse'] === 'true' ? ['Microsoft.Synapse'] : []),
  ...(parameters['deployAnalysisServices'] === 'true' ? ['Microsoft.AnalysisServices', 'Microsoft.KeyVault'] : []),
  ...(parameters['biCapacity'] === 'powerbi' ? ['Microsoft.PowerBIDedicated'] : []),
  ...(parameters['biCapacity'] === 'fabric' ? ['Microsoft.Fabric'] : []),
]

/** `West Europe` and `westeurope` are the same region. */
export const sameRegion = (a: string, b: string): boolean => plain(a) === plain(b)

const plain = (region: string): string => region.toLowerCase().replaceAll(' ', '')

/** A budget begins on the first of a month, and may not be moved afterwards. */
export const budgetStart = (now: Date): string => `${now.toISOString().slice(0, 7)}-01`
