import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { external } from '../../build.ts'
import { packageApp } from '../../package-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { root } from './copy.ts'

test('the package holds the bundle and exactly what it needs beside, at the versions of the lock file', async () => {
  const world = temporaryFolder()
  for (const file of ['package.json', 'package-lock.json', 'host.json']) await cp(join(root, file), join(world, file))
  await mkdir(join(world, 'dist', 'functions'), { recursive: true })
  await writeFile(join(world, 'dist', 'functions', 'index.js'), '')
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string }>
  }
  // A stand-in for each package: what is copied is what counts.
  for (const [path, { version }] of Object.entries(lock.packages)) {
    if (!path.startsWith('node_modules/')) continue
    await mkdir(join(world, path), { recursive: true })
    await writeFile(join(world, path, 'package.json'), JSON.stringify({ version, main: 'index.js' }))
    await writeFile(join(world, path, 'index.js'), '')
  }

  const target = join(world, 'dist', 'package')
  await packageApp({ root: world, target })

  const { main, dependencies, devDependencies } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')) as {
    main: string
    dependencies: Record<string, string>
    devDependencies?: unknown
  }
  assert.ok(existsSync(join(target, main)))
  assert.ok(existsSync(join(target, 'host.json')))
  assert.equal(devDependencies, undefined)
  assert.deepEqual(
    Object.keys(dependencies),
    external.filter((name) => name !== '@azure/functions-core'),
  )
  const require = createRequire(join(target, main))
  for (const [name, version] of Object.entries(dependencies)) {
    const found = require(join(dirname(require.resolve(name)), 'package.json')) as { version: string }
    assert.equal(found.version, version)
  }
  const packages = globSync('node_modules/**/package.json', { cwd: target }).length
  assert.ok(packages < 10, `${packages} packages`)
})
