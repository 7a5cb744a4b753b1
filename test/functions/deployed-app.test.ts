/** All that the real host reads of the app, on the package that is deployed, in a folder with nothing else around it. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { startChild } from '../../local/child.ts'
import { readHostJson } from '../../local/host/host-json.ts'
import { mostBytes, packageApp, type PackedApp } from '../../package.ts'
import { settingDescriptions } from '../../shared/config.ts'
import { root } from '../support/millrace.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { unknownKeys } from '../support/host-json-keys.ts'

const directory = join(temporaryFolder(), 'app')
let packed: PackedApp

before(async () => {
  packed = await packageApp({ root, directory })
})

const readJson = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T

const localSettings = Object.fromEntries(
  settingDescriptions.flatMap(({ name, localValue }) => (localValue === undefined ? [] : [[name, localValue]])),
)

/** On record; `node --test --test-update-snapshots test/functions/deployed-app.test.ts` writes it anew. */
const registrations = join(root, 'test', 'fixtures', 'registrations.json')

test('every registration reaches the host with exactly the bindings on record', async (t) => {
  const child = await startChild(
    join(root, 'test', 'fixtures', 'children', 'registrations.ts'),
    { appDirectory: directory, settings: localSettings },
    { name: 'The app' },
  )
  await child.stop()
  t.assert.fileSnapshot(child.ready, registrations)
})

test('the package is within its size and holds nothing but what is read at run time', () => {
  assert.ok(packed.bytes < mostBytes, `${packed.bytes} bytes`)
  const files = globSync(['**/*', '.funcignore'], { cwd: directory, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  assert.equal(files.length, packed.files)
  assert.deepEqual(
    files.map(({ name }) => name).filter((name) => /\.(ts|map)$|^local\.settings/.test(name)),
    [],
  )
})

test('package.json leads the host to the app and names nothing that is not there', () => {
  const manifest = readJson<{ main: string; type: string; engines: object; dependencies: Record<string, string> }>(
    join(directory, 'package.json'),
  )
  assert.deepEqual([manifest.main, manifest.type], ['dist/functions/index.js', 'module'])
  assert.deepEqual(manifest.engines, { node: '>=22' })
  const { dependencies } = readJson<typeof manifest>(join(root, 'package.json'))
  for (const [name, version] of Object.entries(manifest.dependencies)) {
    assert.equal(readJson<{ version: string }>(join(directory, 'node_modules', name, 'package.json')).version, version)
    assert.equal(dependencies[name], version)
  }
})

test('telemetry is bundled, and read only where it is wanted', () => {
  const [telemetry, ...others] = globSync('dist/functions/telemetry-*.js', { cwd: directory })
  assert.ok(telemetry !== undefined && others.length === 0)
  const index = readFileSync(join(directory, 'dist', 'functions', 'index.js'), 'utf8')
  const imports = [...index.matchAll(/^(?:import|export)\b[^'"`;]*?["'](\.[^"']+)["']/gm)].map(([, file]) => file)
  const name = `./${telemetry.split('/').at(-1)!}`
  assert.ok(imports.length > 0 && !imports.includes(name))
  assert.ok(index.includes(`import("${name}")`))
})

test('what the bundle imports is in Node, in the host or in the package', () => {
  const { dependencies } = readJson<{ dependencies: object }>(join(directory, 'package.json'))
  const known = new Set([...builtinModules, ...Object.keys(dependencies), '@azure/functions-core'])
  const bundle = globSync('dist/functions/*.js', { cwd: directory }).map((file) =>
    readFileSync(join(directory, file), 'utf8'),
  )
  const imported = bundle.flatMap((text) =>
    [
      ...text.matchAll(
        /^(?:import|export)\b[^'"`;]*?["']([^"']+)["']|\b(?:require|import)\(\s*["']([^"']+)["']\s*\)/gm,
      ),
    ].map(([, from, asked]) => from ?? asked!),
  )
  assert.ok(imported.length > 20)
  assert.deepEqual(
    // What does not begin as a package's name does is a file beside it, or a text about imports.
    [...new Set(imported)].filter((name) => /^[@\w]/.test(name) && !name.startsWith('node:') && !known.has(name)),
    [],
  )
})

test('the bundle names no place on the machine that made it', () => {
  for (const file of globSync('dist/functions/*.js', { cwd: directory })) {
    assert.equal(readFileSync(join(directory, file), 'utf8').includes(root), false, file)
  }
})

test('host.json has only keys that version 4 of the host knows, with values that it takes', () => {
  const hostJson = readJson<{ version: string; extensionBundle: object }>(join(directory, 'host.json'))
  assert.deepEqual(unknownKeys(hostJson), [])
  assert.deepEqual(
    [hostJson.version, hostJson.extensionBundle],
    ['2.0', { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.*, 5.0.0)' }],
  )
  const { eventHubs, functionTimeoutMs, routePrefix } = readHostJson(directory)
  assert.deepEqual([functionTimeoutMs, routePrefix, eventHubs.maxEventBatchSize], [600_000, 'api', 1_000])
})

test('a key of host.json that the host does not know is found', () => {
  assert.deepEqual(
    unknownKeys({
      version: '2.0',
      retries: {},
      extensions: { eventHubs: { maxBatchSize: 1 }, kafka: {} },
      logging: {},
    }),
    ['retries', 'extensions.eventHubs.maxBatchSize', 'extensions.kafka'],
  )
})

test('the bindings name settings that are described, and are all the settings of the host', () => {
  const { functions } = readJson<{ functions: { bindings: Record<string, unknown>[] }[] }>(registrations)
  const connections = functions.flatMap(({ bindings }) => bindings.flatMap(({ connection }) => connection ?? []))
  assert.ok(connections.length > 0)
  const described = settingDescriptions.filter(({ neededBy }) => neededBy === 'host and app').map(({ name }) => name)
  assert.deepEqual(
    connections.filter((name) => !described.includes(String(name))),
    [],
  )
})

test('what Core Tools would publish from the repository is the app and nothing of its making', () => {
  const ignored = readFileSync(join(root, '.funcignore'), 'utf8').split('\n')
  for (const needed of ['host.json', 'package.json', 'dist', 'node_modules'])
    assert.ok(!ignored.includes(needed) && !ignored.includes(`/${needed}`), needed)
  for (const kept of ['/local.settings*.json', '/test', '/local', '/shared', '.git*', '/dist-package']) {
    assert.ok(ignored.includes(kept), kept)
  }
})
