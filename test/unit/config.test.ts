import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseConfig, settingDescriptions } from '../../shared/config.ts'
import { TerminalError } from '../../shared/errors.ts'

const local = Object.fromEntries(
  settingDescriptions.flatMap(({ name, localValue }) => (localValue === undefined ? [] : [[name, localValue]])),
)

test('local.settings.sample.json holds exactly the settings with a local value', () => {
  const file = join(import.meta.dirname, '..', '..', 'local.settings.sample.json')
  const sample = JSON.parse(readFileSync(file, 'utf8')) as { IsEncrypted: boolean; Values: Record<string, string> }
  const { FUNCTIONS_WORKER_RUNTIME: runtime, ...values } = sample.Values
  assert.equal(sample.IsEncrypted, false)
  assert.equal(runtime, 'node')
  assert.deepEqual(values, local)
})

test('the local settings are read', () => {
  const config = parseConfig(local)
  assert.equal(config.eventHubs.kind, 'connection string')
  assert.equal(config.cosmos.kind, 'connection string')
  assert.deepEqual([config.heartbeats, config.keepAll, config.clientId], ['timer', false, undefined])
})

test('identity settings stand in for connection strings', () => {
  const config = parseConfig({
    EventHubConnection__fullyQualifiedNamespace: 'name.servicebus.windows.net',
    CosmosConnection__accountEndpoint: 'https://name.documents.azure.com:443/',
    AZURE_CLIENT_ID: 'id',
  })
  assert.deepEqual(config.eventHubs, { kind: 'identity', endpoint: 'name.servicebus.windows.net' })
  assert.deepEqual(config.cosmos, { kind: 'identity', endpoint: 'https://name.documents.azure.com:443/' })
  assert.equal(config.clientId, 'id')
})

test('the lake is reached by connection string or identity, or there is none', () => {
  assert.equal(parseConfig(local).lake, undefined)
  const value = 'AccountName=a;AccountKey=b'
  assert.deepEqual(parseConfig({ ...local, LakeConnection: value }).lake, { kind: 'connection string', value })
  const endpoint = 'https://name.dfs.core.windows.net/'
  assert.deepEqual(parseConfig({ ...local, LakeConnection__dfsServiceUri: endpoint }).lake, {
    kind: 'identity',
    endpoint,
  })
})

test('telemetry is on where its connection string is set, with the identity that is named', () => {
  const connectionString =
    'InstrumentationKey=00000000-0000-4000-8000-000000000000;IngestionEndpoint=https://x.example/'
  const read = (authentication?: string) =>
    parseConfig({
      ...local,
      APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString,
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: authentication,
    }).telemetry
  assert.equal(parseConfig(local).telemetry, undefined)
  assert.equal(
    parseConfig({ ...local, APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD' }).telemetry,
    undefined,
  )
  assert.deepEqual(read(), { connectionString, identity: undefined })
  assert.deepEqual(read('Authorization=AAD'), { connectionString, identity: { clientId: undefined } })
  assert.deepEqual(read('ClientId=me;Authorization=AAD'), { connectionString, identity: { clientId: 'me' } })
})

test('all problems are named at once, and no value is repeated', () => {
  const environment = {
    EventHubConnection: 'Endpoint=sb://x;SharedAccessKey=geheim',
    CosmosConnection__accountEndpoint: 'ftp://geheim',
    LakeConnection: 'AccountName=geheim',
    APPLICATIONINSIGHTS_CONNECTION_STRING: 'InstrumentationKey=geheim',
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'geheim',
    MILLRACE_HEARTBEATS: 'geheim',
    MILLRACE_KEEP_ALL: 'geheim',
  }
  assert.throws(
    () => parseConfig(environment),
    (error: unknown) => {
      assert.ok(error instanceof TerminalError)
      assert.equal(
        error.message,
        [
          'The app cannot start, its settings are not complete:',
          '  EventHubConnection: expected a connection string with SharedAccessKeyName=',
          '  CosmosConnection__accountEndpoint: expected a URL such as https://name.documents.azure.com:443/',
          '  LakeConnection: expected a connection string with AccountKey=',
          '  APPLICATIONINSIGHTS_CONNECTION_STRING: expected a connection string with InstrumentationKey=<GUID>',
          '  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: expected Authorization=AAD, with or without ClientId=',
          '  MILLRACE_HEARTBEATS: expected timer or feed',
          '  MILLRACE_KEEP_ALL: expected false or true',
        ].join('\n'),
      )
      return true
    },
  )
})
