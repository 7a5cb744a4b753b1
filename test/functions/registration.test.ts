import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compose } from '../../shared/compose.ts'
import { settingDescriptions } from '../../shared/config.ts'
import { TerminalError } from '../../shared/errors.ts'

test('without settings nothing starts, and every missing one is named', async () => {
  await assert.rejects(
    () => compose({ MILLRACE_HEARTBEATS: 'sometimes' }),
    (error: unknown) =>
      error instanceof TerminalError &&
      ['EventHubConnection:', 'CosmosConnection:', 'MILLRACE_HEARTBEATS:'].every((name) =>
        error.message.includes(name),
      ),
  )
})

test('with the local settings the app is composed without connecting anywhere', async () => {
  const local = Object.fromEntries(
    settingDescriptions.flatMap(({ name, localValue }) => (localValue === undefined ? [] : [[name, localValue]])),
  )
  const app = await compose(local)
  assert.deepEqual(
    app.streams.map(({ name }) => name),
    ['clickstream', 'telemetry'],
  )
})
