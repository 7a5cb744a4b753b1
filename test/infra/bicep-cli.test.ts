import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { findBicep, pinnedVersion } from '../../infra/checks/bicep-cli.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const skip = process.platform === 'win32' ? 'the programs of these tests are shell scripts' : false
const folder = temporaryFolder()

const worldWith = (programs: Readonly<Record<string, string>>) => {
  const root = mkdtempSync(join(folder, 'cli-'))
  for (const [file, text] of Object.entries(programs)) {
    mkdirSync(join(root, file, '..'), { recursive: true })
    writeFileSync(join(root, file), `#!/bin/sh\n${text}\n`)
    chmodSync(join(root, file), 0o755)
  }
  return root
}
const bicepOf = (version: string): string => `echo "Bicep CLI version ${version} (abc)"`
const search = (root: string, more: Readonly<Record<string, string>> = {}) =>
  findBicep({
    root,
    environment: { PATH: `${join(root, 'bin')}:/bin:/usr/bin`, HOME: join(root, 'home'), ...more },
    platform: 'linux',
    arch: 'x64',
  })
const noDotnet = 'exit 1'

test('the pinned version is taken wherever it is, before another that comes first', { skip }, () => {
  const root = worldWith({
    'bin/bicep': bicepOf('0.30.3'),
    'bin/dotnet': noDotnet,
    'home/.azure/bin/bicep': bicepOf(pinnedVersion),
  })
  assert.deepEqual(search(root), { cli: { path: join(root, 'home/.azure/bin/bicep'), version: pinnedVersion } })
})

test('BICEP comes before PATH', { skip }, () => {
  const root = worldWith({
    'bin/bicep': bicepOf(pinnedVersion),
    'mine/bicep': bicepOf(pinnedVersion),
    'bin/dotnet': noDotnet,
  })
  assert.deepEqual(search(root, { BICEP: join(root, 'mine/bicep') }), {
    cli: { path: join(root, 'mine/bicep'), version: pinnedVersion },
  })
})

test('another version will do where the pinned one cannot be had', { skip }, () => {
  const root = worldWith({ 'home/.azd/bin/bicep': bicepOf('0.40.0'), 'bin/dotnet': noDotnet })
  assert.deepEqual(search(root), { cli: { path: join(root, 'home/.azd/bin/bicep'), version: '0.40.0' } })
})

test('it is fetched from NuGet once, and found there afterwards', { skip }, () => {
  const tool = `node_modules/.cache/millrace/bicep/azure.bicep.commandline.linux-x64/${pinnedVersion}/tools`
  const root = worldWith({ 'bin/dotnet': 'exit 0' })
  writeFileSync(
    join(root, 'bin/dotnet'),
    `#!/bin/sh\nif [ "$1" = restore ]; then echo once >> "${root}/fetched"; mkdir -p "${root}/${tool}"; printf '#!/bin/sh\\n${bicepOf(pinnedVersion).replaceAll('"', '')}\\n' > "${root}/${tool}/bicep"; chmod +x "${root}/${tool}/bicep"; fi\n`.replace(
      '(abc)',
      '',
    ),
  )
  const wanted = { cli: { path: join(root, tool, 'bicep'), version: pinnedVersion } }
  assert.deepEqual(search(root), wanted)
  writeFileSync(join(root, 'bin/dotnet'), '#!/bin/sh\nexit 1\n')
  assert.deepEqual(search(root), wanted)
})

test('where there is none the reason is told', { skip }, () => {
  const found = search(worldWith({ 'bin/dotnet': noDotnet }))
  assert.ok('missing' in found)
  assert.match(
    found.missing,
    /^there is no Bicep CLI: none in BICEP, on PATH, in ~\/\.azure\/bin or ~\/\.azd\/bin, and none could be restored from NuGet/,
  )
})
