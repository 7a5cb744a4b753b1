/** The app's settings, described once: Bicep sets exactly these, the app reads exactly these, the docs list exactly these. */
import type { HeartbeatSource } from './contracts/heartbeat.ts'
import { TerminalError } from './errors.ts'

export interface SettingDescription {
  readonly name: string
  readonly type: 'connection string' | 'host name' | 'URL' | 'client id' | 'authentication' | 'choice' | 'boolean'
  /** What a choice may be. */
  readonly choices?: readonly string[]
  readonly required: boolean
  /** What stands where it is not set. */
  readonly default: string | undefined
  readonly neededBy: 'host and app' | 'host' | 'app'
  /** Whether the deployed app has it: what holds a secret is for local runs alone. */
  readonly setInAzure: boolean
  readonly description: string
  /** For local.settings.json beside the official emulators; undefined where a local run has no use for it. */
  readonly localValue: string | undefined
}

/** What the Functions host reads beside `<connection>__<where>` to sign in with a user-assigned identity; it needs all three. */
const identityOf = (connection: string, service: string): readonly SettingDescription[] => [
  {
    name: `${connection}__credential`,
    type: 'choice',
    choices: ['managedidentity'],
    required: false,
    default: undefined,
    neededBy: 'host',
    setInAzure: true,
    description: `How the host signs in to ${service}: with a managed identity.`,
    localValue: undefined,
  },
  {
    name: `${connection}__clientId`,
    type: 'client id',
    required: false,
    default: undefined,
    neededBy: 'host',
    setInAzure: true,
    description: `User-assigned identity that the host signs in to ${service} with.`,
    localValue: undefined,
  },
]

export const settingDescriptions: readonly SettingDescription[] = [
  {
    name: 'EventHubConnection',
    type: 'connection string',
    required: false,
    default: undefined,
    neededBy: 'host and app',
    setInAzure: false,
    description:
      'Event Hubs namespace, without EntityPath. Either this or EventHubConnection__fullyQualifiedNamespace.',
    localValue:
      'Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;',
  },
  {
    name: 'EventHubConnection__fullyQualifiedNamespace',
    type: 'host name',
    required: false,
    default: undefined,
    neededBy: 'host and app',
    setInAzure: true,
    description: 'Event Hubs namespace to sign in to with the app identity.',
    localValue: undefined,
  },
  ...identityOf('EventHubConnection', 'Event Hubs'),
  {
    name: 'CosmosConnection',
    type: 'connection string',
    required: false,
    default: undefined,
    neededBy: 'host and app',
    setInAzure: false,
    description: 'Cosmos DB account. Either this or CosmosConnection__accountEndpoint.',
    localValue:
      'AccountEndpoint=http://127.0.0.1:8081/;AccountKey=C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==;',
  },
  {
    name: 'CosmosConnection__accountEndpoint',
    type: 'URL',
    required: false,
    default: undefined,
    neededBy: 'host and app',
    setInAzure: true,
    description: 'Cosmos DB account to sign in to with the app identity.',
    localValue: undefined,
  },
  ...identityOf('CosmosConnection', 'Cosmos DB'),
  {
    name: 'LakeConnection',
    type: 'connection string',
    required: false,
    default: undefined,
    neededBy: 'app',
    setInAzure: false,
    description:
      'Data lake (ADLS Gen2). Either this or LakeConnection__dfsServiceUri; with neither the app has no lake.',
    // The official emulators have none.
    localValue: undefined,
  },
  {
    name: 'LakeConnection__dfsServiceUri',
    type: 'URL',
    required: false,
    default: undefined,
    neededBy: 'app',
    setInAzure: true,
    description: 'Data lake to sign in to with the app identity.',
    localValue: undefined,
  },
  {
    name: 'AzureWebJobsStorage',
    type: 'connection string',
    required: false,
    default: undefined,
    neededBy: 'host',
    setInAzure: false,
    description: 'Storage of the Functions host: checkpoints and locks.',
    localValue: 'UseDevelopmentStorage=true',
  },
  ...(['blob', 'queue', 'table'] as const).map((service): SettingDescription => ({
    name: `AzureWebJobsStorage__${service}ServiceUri`,
    type: 'URL',
    required: false,
    default: undefined,
    neededBy: 'host',
    setInAzure: true,
    description: `Host storage to sign in to with the app identity: its ${service}s.`,
    localValue: undefined,
  })),
  ...identityOf('AzureWebJobsStorage', 'host storage'),
  {
    name: 'AZURE_CLIENT_ID',
    type: 'client id',
    required: false,
    default: undefined,
    neededBy: 'app',
    setInAzure: true,
    description: 'User-assigned identity to sign in with. Without it the default identity is used.',
    localValue: undefined,
  },
  {
    name: 'APPLICATIONINSIGHTS_CONNECTION_STRING',
    type: 'connection string',
    required: false,
    default: undefined,
    neededBy: 'host and app',
    setInAzure: true,
    description: 'Application Insights: where host and app send their telemetry. Without it they send none.',
    localValue: undefined,
  },
  {
    name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
    type: 'authentication',
    required: false,
    default: undefined,
    neededBy: 'host and app',
    setInAzure: true,
    description:
      'Authorization=AAD signs in to Application Insights with the app identity, ClientId=<client id>;Authorization=AAD with a ' +
      'user-assigned one. Without it the key in the connection string must do.',
    localValue: undefined,
  },
  {
    name: 'MILLRACE_HEARTBEATS',
    type: 'choice',
    choices: ['timer', 'feed'],
    required: false,
    default: 'timer',
    neededBy: 'app',
    setInAzure: true,
    description: 'Who sends heartbeats: timer (Millrace itself), or feed for recordings and bounded runs.',
    localValue: 'timer',
  },
  {
    name: 'MILLRACE_KEEP_ALL',
    type: 'boolean',
    required: false,
    default: 'false',
    neededBy: 'app',
    setInAzure: true,
    description:
      'Count what the streams would filter out. It makes another definition: state is not shared with false.',
    localValue: 'false',
  },
]

/** How to reach a service: with a connection string locally, with the app's identity in Azure. */
export type Connection =
  | { readonly kind: 'connection string'; readonly value: string }
  | { readonly kind: 'identity'; readonly endpoint: string }

export interface TelemetryConfig {
  readonly connectionString: string
  /** Who signs in; undefined: nobody, the connection string's key will do. */
  readonly identity: { readonly clientId: string | undefined } | undefined
}

export interface Config {
  readonly eventHubs: Connection
  readonly cosmos: Connection
  /** undefined: there is none. */
  readonly lake: Connection | undefined
  readonly clientId: string | undefined
  /** undefined: none is sent. */
  readonly telemetry: TelemetryConfig | undefined
  readonly heartbeats: HeartbeatSource
  readonly keepAll: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/** Reads the settings. Throws one TerminalError that lists every problem by setting name; values are never repeated. */
export const parseConfig = (environment: Environment): Config => {
  const problems: string[] = []
  const config: Config = {
    eventHubs: readConnection(
      environment,
      { name: 'EventHubConnection', parts: ['Endpoint=sb://', 'SharedAccessKeyName=', 'SharedAccessKey='] },
      {
        name: 'EventHubConnection__fullyQualifiedNamespace',
        pattern: /^[a-z0-9][a-z0-9.-]+$/i,
        expected: 'a host name such as name.servicebus.windows.net',
      },
      problems,
    ),
    cosmos: readConnection(
      environment,
      { name: 'CosmosConnection', parts: ['AccountEndpoint=http', 'AccountKey='] },
      {
        name: 'CosmosConnection__accountEndpoint',
        pattern: /^https:\/\/\S+$/i,
        expected: 'a URL such as https://name.documents.azure.com:443/',
      },
      problems,
    ),
    lake: readLake(environment, problems),
    clientId: readText(environment, 'AZURE_CLIENT_ID'),
    telemetry: readTelemetry(environment, problems),
    heartbeats: readChoice(environment, 'MILLRACE_HEARTBEATS', ['timer', 'feed'], problems),
    keepAll: readChoice(environment, 'MILLRACE_KEEP_ALL', ['false', 'true'], problems) === 'true',
  }
  if (problems.length > 0) {
    throw new TerminalError(`The app cannot start, its settings are not complete:\n  ${problems.join('\n  ')}`)
  }
  return config
}

const readConnection = (
  environment: Environment,
  secret: { readonly name: string; readonly parts: readonly string[] },
  identity: { readonly name: string; readonly pattern: RegExp; readonly expected: string },
  problems: string[],
): Connection => {
  const value = readText(environment, secret.name)
  if (value !== undefined) {
    const missing = secret.parts.filter((part) => !value.toLowerCase().includes(part.toLowerCase()))
    if (missing.length > 0) problems.push(`${secret.name}: expected a connection string with ${missing.join(', ')}`)
    return { kind: 'connection string', value }
  }
  const endpoint = readText(environment, identity.name)
  if (endpoint === undefined)
    problems.push(`${secret.name}: expected a connection string, or ${identity.name} for the app identity`)
  else if (!identity.pattern.test(endpoint)) problems.push(`${identity.name}: expected ${identity.expected}`)
  return { kind: 'identity', endpoint: endpoint ?? '' }
}

const readLake = (environment: Environment, problems: string[]): Connection | undefined => {
  const [secret, identity] = ['LakeConnection', 'LakeConnection__dfsServiceUri']
  const isSet = [secret, identity].some((name) => readText(environment, name) !== undefined)
  if (!isSet) return undefined
  return readConnection(
    environment,
    { name: secret, parts: ['AccountName=', 'AccountKey='] },
    {
      name: identity,
      pattern: /^https:\/\/\S+$/i,
      expected: 'a URL such as https://name.dfs.core.windows.net/',
    },
    problems,
  )
}

const readTelemetry = (environment: Environment, problems: string[]): TelemetryConfig | undefined => {
  const connectionString = readText(environment, 'APPLICATIONINSIGHTS_CONNECTION_STRING')
  const authentication = readText(environment, 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING')
  if (
    connectionString !== undefined &&
    !/(^|;)InstrumentationKey=[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}(;|$)/.test(connectionString)
  ) {
    problems.push('APPLICATIONINSIGHTS_CONNECTION_STRING: expected a connection string with InstrumentationKey=<GUID>')
  }
  if (authentication !== undefined && !/(^|;)Authorization=AAD(;|$)/i.test(authentication)) {
    problems.push('APPLICATIONINSIGHTS_AUTHENTICATION_STRING: expected Authorization=AAD, with or without ClientId=')
  }
  if (connectionString === undefined) return undefined
  const [, clientId] = /(?:^|;)ClientId=([^;]+)/i.exec(authentication ?? '') ?? []
  return { connectionString, identity: authentication === undefined ? undefined : { clientId } }
}

const readChoice = <T extends string>(
  environment: Environment,
  name: string,
  choices: readonly [T, ...T[]],
  problems: string[],
): T => {
  const value = readText(environment, name)
  if (value === undefined) return choices[0]
  const chosen = choices.find((choice) => choice === value)
  if (chosen === undefined) problems.push(`${name}: expected ${choices.join(' or ')}`)
  return chosen ?? choices[0]
}

const readText = (environment: Environment, name: string): string | undefined => environment[name]?.trim() || undefined
