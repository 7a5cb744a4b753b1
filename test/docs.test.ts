import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { settingDescriptions } from '../shared/config.ts'
import { readAzdParameters } from '../infra/checks/parameters.ts'
import { usage } from '../local/run/options.ts'

const root = join(import.meta.dirname, '..')
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: root })]
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

test('every link between files leads somewhere', () => {
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !existsSync(join(root, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  )
  assert.deepEqual(broken, [])
})

test('every file and folder of ours that the docs name exists', () => {
  const missing = pages.flatMap((page) =>
    [...read(page).matchAll(/`((?:functions|shared|local|infra|test|docs)\/[\w./-]*|[\w.-]+\.(?:json|ts|mjs|md))`/g)]
      .map(([, path = '']) => path)
      // Written by the program itself.
      .filter((path) => !['report.json', 'local.settings.json'].includes(path))
      .filter((path) => !existsSync(join(root, path)) && !existsSync(join(root, dirname(page), path)))
      .map((path) => `${page}: ${path}`),
  )
  assert.deepEqual(missing, [])
})

test('every test that the semantics name exists', () => {
  const text = read('docs/semantics.md').replaceAll(/\s+/g, ' ')
  const named = [...text.matchAll(/Held by: "([^"]+)" \(([^)]+)\)/g)]
  assert.ok(named.length > 10)
  const missing = named.filter(
    ([, name = '', file = '']) => !existsSync(join(root, file)) || !read(file).includes(`test('${name}'`),
  )
  assert.deepEqual(
    missing.map(([whole]) => whole),
    [],
  )
})

test('every npm script that the docs name exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const named = pages.flatMap((page) => [...read(page).matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name))
  assert.ok(named.length > 0)
  assert.deepEqual(
    named.filter((name) => scripts[name] === undefined),
    [],
  )
})

test('the README knows every option of npm start', () => {
  const options = [...usage.matchAll(/--[a-z-]+/g)].map(([option]) => option)
  const readme = read('README.md')
  assert.deepEqual(
    options.filter((option) => !readme.includes(option)),
    [],
  )
})

test('every setting that the docs name is described', () => {
  const described = new Set(settingDescriptions.map(({ name }) => name))
  const named = pages.flatMap((page) => [...read(page).matchAll(/MILLRACE_[A-Z_]+/g)].map(([name]) => name))
  const ofAzd = [...readAzdParameters(root).values()].map(({ variable }) => variable)
  const others = ['MILLRACE_SAMPLE_DATA', 'MILLRACE_AZURE_TYPES', ...ofAzd]
  assert.deepEqual(
    named.filter((name) => !described.has(name) && !others.includes(name)),
    [],
  )
})

test('package.json pins every dependency exactly', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.-]+)?$/.test(version),
  )
  assert.deepEqual(loose, [])
})
