import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { settingsPage, settingsPageFile } from '../../infra/checks/settings-page.ts'
import { parseConfig, settingDescriptions } from '../../shared/config.ts'
import { root } from './copy.ts'

test('the page of the settings is what their description says', async () => {
  assert.equal(readFileSync(join(root, settingsPageFile), 'utf8'), await settingsPage(), 'run npm run infra:docs')
})

test('the app reads every setting that it is said to read, and no other', () => {
  const described = settingDescriptions.filter(({ neededBy }) => neededBy !== 'host').map(({ name }) => name)
  const read = new Set<string>()
  const recording = (values: Readonly<Record<string, string>>) =>
    new Proxy(values, {
      get: (target, name) => {
        read.add(String(name))
        return target[String(name)]
      },
    })
  // With and without connection strings: each has the app look for something else.
  parseConfig(
    recording({
      EventHubConnection: 'Endpoint=sb://x;SharedAccessKeyName=a;SharedAccessKey=b',
      CosmosConnection: 'AccountEndpoint=http://x;AccountKey=b',
    }),
  )
  parseConfig(
    recording({ EventHubConnection__fullyQualifiedNamespace: 'x.y', CosmosConnection__accountEndpoint: 'https://x' }),
  )
  assert.deepEqual([...read].sort(), [...described].sort())
})

test('every setting of the host belongs to a connection of a trigger or to the host itself', () => {
  const sources = globSync('functions/**/*.ts', { cwd: root })
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n')
  const connections = [...sources.matchAll(/connection: '(\w+)'/g)].map(([, name = '']) => name)
  const hosts = [
    ...connections,
    'AzureWebJobsStorage',
    'APPLICATIONINSIGHTS_CONNECTION_STRING',
    'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
  ]
  const strangers = settingDescriptions
    .filter(({ neededBy }) => neededBy.startsWith('host'))
    .filter(({ name }) => !hosts.includes(name.split('__')[0]!))
  assert.deepEqual(strangers, [])
})

test('a setting that is a choice says of what, and one with a connection string of a service is not set in Azure', () => {
  for (const { name, type, choices, setInAzure } of settingDescriptions) {
    assert.equal(type === 'choice', choices !== undefined, name)
    if (type === 'connection string' && !name.startsWith('APPLICATIONINSIGHTS')) assert.equal(setInAzure, false, name)
  }
})
