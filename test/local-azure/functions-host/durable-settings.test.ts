import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDurableSettings } from '../../../local/host/durable/settings.ts'

const read = (section: object, settings: Record<string, string> = {}) => {
  const problems: string[] = []
  return { ...readDurableSettings(section as Record<string, unknown>, settings, problems), problems }
}

test('what durableTask says is heeded', () => {
  const { problems, ...settings } = read(
    {
      ...{ hubName: '%HUB%', defaultVersion: '2', maxConcurrentActivityFunctions: 3 },
      ...{ maxConcurrentOrchestratorFunctions: 4, maxConcurrentEntityFunctions: 5, maxEntityOperationBatchSize: 6 },
      httpSettings: { defaultAsyncRequestSleepTimeMilliseconds: 7 },
    },
    { HUB: 'MyHub1' },
  )
  assert.deepEqual(problems, [])
  assert.deepEqual(settings, {
    ...{ hubName: 'MyHub1', defaultVersion: '2', maxConcurrentActivityFunctions: 3 },
    ...{ maxConcurrentOrchestratorFunctions: 4, maxConcurrentEntityFunctions: 5, maxEntityOperationBatchSize: 6 },
    httpPollMs: 7,
  })
})

test('what concerns Azure alone is passed over', () => {
  const { problems } = read({
    ...{
      storageProvider: { type: 'azureManaged', connectionStringName: 'A' },
      tracing: { traceInputsAndOutputs: true },
    },
    ...{ useAppLease: false, extendedSessionsEnabled: true, overridableExistingInstanceStates: 'NonRunningStates' },
  })
  assert.deepEqual(problems, [])
})

test('every wrong, unknown or unsupported value is named', () => {
  const { problems } = read({
    ...{ hubName: '1-hub', maxConcurrentActivityFunctions: 0, defaultVersion: 2, colour: 'red' },
    ...{ overridableExistingInstanceStates: 'AnyState', versionMatchStrategy: 'Strict' },
    httpSettings: { defaultAsyncRequestSleepTimeMilliseconds: 'long' },
  })
  assert.deepEqual(problems.sort(), [
    'extensions.durableTask.colour: the local host does not know it',
    'extensions.durableTask.defaultVersion: expected a text',
    'extensions.durableTask.httpSettings.defaultAsyncRequestSleepTimeMilliseconds: expected a whole number of at least 1',
    'extensions.durableTask.hubName: expected 3 to 45 letters and digits that begin with a letter',
    'extensions.durableTask.maxConcurrentActivityFunctions: expected a whole number of at least 1',
    'extensions.durableTask.overridableExistingInstanceStates: the local host has only "NonRunningStates"',
    'extensions.durableTask.versionMatchStrategy: the local host has only "None"',
  ])
})
