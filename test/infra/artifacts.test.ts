import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { readArtifacts } from '../../infra/hooks/artifacts.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const folder = temporaryFolder()

const folderOf = (files: Readonly<Record<string, object | string>>): string => {
  const root = mkdtempSync(join(folder, 'synapse-'))
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return root
}
const pipelineTo = (name: string, other: string): object => ({
  name,
  properties: { activities: [{ pipeline: { referenceName: other, type: 'PipelineReference' } }] },
})

test('an artifact comes after what it refers to, within a kind too', () => {
  const root = folderOf({
    'pipeline/a.json': pipelineTo('a', 'b'),
    'pipeline/b.json': { name: 'b', properties: { inputs: [{ referenceName: 'd', type: 'DatasetReference' }] } },
    'dataset/d.json': {
      name: 'd',
      properties: { linkedServiceName: { referenceName: 'l', type: 'LinkedServiceReference' } },
    },
    'linkedService/l.json': { name: 'l', properties: {} },
  })
  assert.deepEqual(
    readArtifacts(root, {}).map(({ kind, name }) => `${kind}/${name}`),
    ['linkedService/l', 'dataset/d', 'pipeline/b', 'pipeline/a'],
  )
})

test('what the workspace brings along is neither deployed nor missed', () => {
  const root = folderOf({
    'linkedService/syn-WorkspaceDefaultStorage.json': { name: 'syn-WorkspaceDefaultStorage', properties: {} },
    'dataset/d.json': {
      name: 'd',
      properties: {
        linkedServiceName: { referenceName: 'syn-WorkspaceDefaultStorage', type: 'LinkedServiceReference' },
      },
    },
  })
  assert.deepEqual(
    readArtifacts(root, {}).map(({ name }) => name),
    ['d'],
  )
})

test('every problem is named at once', () => {
  const root = folderOf({
    'pipeline/a.json': pipelineTo('a', 'gone'),
    'pipeline/b.json': { name: 'other', properties: {} },
    'dataset/c.json': '{"name":',
    'linkedService/l.json': { name: 'l', properties: { url: '${NOWHERE}' } },
  })
  assert.throws(
    () => readArtifacts(root, {}),
    new RegExp(
      [
        'cannot be deployed:',
        'dataset/c.json: expected JSON with the name c and properties',
        'linkedService/l.json: nothing is known of \\$\\{NOWHERE\\}',
        'pipeline/b.json: expected JSON with the name b and properties',
        'pipeline/a: refers to pipeline/gone, which is not there$',
      ].join('\\s+'),
    ),
  )
})

test('a circle is named', () => {
  const root = folderOf({ 'pipeline/a.json': pipelineTo('a', 'b'), 'pipeline/b.json': pipelineTo('b', 'a') })
  assert.throws(() => readArtifacts(root, {}), /circle: pipeline\/a -> pipeline\/b -> pipeline\/a$/)
})

test('a folder that is not there holds no artifacts', () => {
  assert.deepEqual(readArtifacts(join(folder, 'nowhere'), {}), [])
})
