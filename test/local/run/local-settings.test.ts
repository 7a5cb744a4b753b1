import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { localSettings, writeOnce } from '../../../local/run/local-settings.ts'
import { root } from '../../support/millrace.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

test('local settings are the sample with the given settings in place of its own', async () => {
  const sample = JSON.parse(readFileSync(join(root, 'local.settings.sample.json'), 'utf8')) as { Values: object }
  const settings = JSON.parse(await localSettings(root, { CosmosConnection: 'mine' })) as typeof sample
  assert.deepEqual(settings, { ...sample, Values: { ...sample.Values, CosmosConnection: 'mine' } })
})

test('they are written once: what is there stays', async () => {
  const path = join(temporaryFolder(), 'local.settings.json')
  assert.equal(await writeOnce(path, 'first'), true)
  assert.equal(await writeOnce(path, 'second'), false)
  assert.equal(readFileSync(path, 'utf8'), 'first\n')
})

test('a folder that is not there is no file that is', async () => {
  await assert.rejects(writeOnce(join(temporaryFolder(), 'none', 'local.settings.json'), 'x'), /ENOENT/)
})
