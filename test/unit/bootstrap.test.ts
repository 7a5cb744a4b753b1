import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../support/temporary-folder.ts'

const root = join(import.meta.dirname, '..', '..')

/** A clone with an npm that tells what it was asked instead of installing. */
const clone = (): {
  folder: string
  bootstrap: (env?: Record<string, string>) => { status: number | null; output: string }
} => {
  const folder = temporaryFolder()
  for (const file of ['bootstrap.mjs', 'package.json', 'package-lock.json'])
    cpSync(join(root, file), join(folder, file))
  const npm = join(folder, 'npm.cjs')
  writeFileSync(
    npm,
    "console.log('npm', process.argv.slice(2).join(' ')); process.exit(Number(process.env.NPM_STATUS ?? 0))",
  )
  const bootstrap = (env: Record<string, string> = {}) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['bootstrap.mjs'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, npm_execpath: npm, ...env },
    })
    return { status, output: stdout + stderr }
  }
  return { folder, bootstrap }
}

const provideNode = (folder: string): void => {
  mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true })
  symlinkSync(process.execPath, join(folder, 'node_modules', '.bin', 'node'))
}

test('a fresh clone is installed from the lock file, development dependencies too, and only once', () => {
  const { folder, bootstrap } = clone()
  provideNode(folder)
  const first = bootstrap({ NODE_ENV: 'production' })
  assert.equal(first.status, 0, first.output)
  assert.match(first.output, /npm ci --include=dev/)
  const lock = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex')
  assert.equal(readFileSync(join(folder, 'node_modules', '.millrace-lock'), 'utf8'), lock)
  assert.equal(bootstrap().output, '')
})

test('a changed lock file is installed anew', () => {
  const { folder, bootstrap } = clone()
  provideNode(folder)
  bootstrap()
  writeFileSync(join(folder, 'package-lock.json'), '{}')
  assert.match(bootstrap().output, /npm ci/)
})

test('a failed installation says so and is tried again', () => {
  const { folder, bootstrap } = clone()
  provideNode(folder)
  const failed = bootstrap({ NPM_STATUS: '1' })
  assert.equal(failed.status, 1)
  assert.match(failed.output, /Installing failed/)
  assert.match(bootstrap().output, /npm ci/)
})

test('without the pinned Node the reason and the way out are told', () => {
  const { folder, bootstrap } = clone()
  mkdirSync(join(folder, 'node_modules'))
  const { status, output } = bootstrap()
  assert.equal(status, 1)
  assert.match(output, /comes from npm, but it is not there.*ignore-scripts/s)
})
