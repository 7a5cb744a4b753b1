import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { architectureViolations } from './support/architecture.ts'

const root = join(import.meta.dirname, '..')

test('the code keeps to its architecture', () => {
  const files = new Map(
    globSync('{functions,shared,local,infra}/**/*.ts', { cwd: root }).map((file) => [
      file,
      readFileSync(join(root, file), 'utf8'),
    ]),
  )
  assert.ok(files.size > 50)
  assert.deepEqual(architectureViolations(files), [])
})

/** Each rule catches a seeded defect: the file, what it imports or does, and the complaint. */
const seeded: readonly (readonly [file: string, text: string, complaint: RegExp])[] = [
  ['shared/contracts/a.ts', "import { x } from '../core/x.ts'", /contracts may not import shared\/core/],
  ['shared/core/a.ts', "import { x } from '../flows/x.ts'", /core may not import shared\/flows/],
  [
    'shared/core/a.ts',
    "import { CosmosClient } from '@azure/cosmos'",
    /core may not import the package @azure\/cosmos/,
  ],
  ['shared/core/a.ts', "import { readFile } from 'node:fs/promises'", /core may not import the package node:fs/],
  ['shared/ports/a.ts', "import { x } from '../core/x.ts'", /ports may not import shared\/core/],
  ['shared/flows/a.ts', "import { x } from '../adapters/azure/x.ts'", /flows may not import shared\/adapters/],
  ['shared/streams/a.ts', "import { x } from '../flows/x.ts'", /streams may not import shared\/flows/],
  ['shared/adapters/azure/a.ts', "import { x } from '../../flows/x.ts'", /adapters may not import shared\/flows/],
  ['functions/a.ts', "import { x } from '../shared/adapters/azure/x.ts'", /functions may not import shared\/adapters/],
  ['shared/flows/a.ts', "import { app } from '@azure/functions'", /flows may not import the package @azure\/functions/],
  ['infra/checks/a.ts', "import { x } from '../../shared/core/x.ts'", /infra may not import shared\/core/],
  ['shared/flows/a.ts', "import { x } from '../../infra/x.ts'", /flows may not import infra/],
  ['functions/a.ts', "import { x } from '../infra/x.ts'", /functions may not import infra/],
  ['local/feed/a.ts', "import { x } from '../../shared/core/x.ts'", /local may not import shared\/core/],
  ['shared/core/a.ts', 'const t = Date.now()', /core may not use Date.now/],
  ['shared/core/a.ts', 'const t = new Date()', /core may not use new Date\(\)/],
  ['shared/flows/a.ts', 'const r = Math.random()', /flows may not use Math.random/],
  ['shared/flows/a.ts', "const e = process.env['X']", /flows may not use process/],
]

for (const [file, text, complaint] of seeded) {
  test(`a seeded defect is caught: ${text} in ${file}`, () => {
    const found = architectureViolations(new Map([[file, text]]))
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0]!, complaint)
  })
}

test('an import cycle is caught', () => {
  const files = new Map([
    ['shared/core/a.ts', "import { b } from './b.ts'"],
    ['shared/core/b.ts', "import { c } from './c.ts'"],
    ['shared/core/c.ts', "import type { a } from './a.ts'"],
  ])
  assert.deepEqual(architectureViolations(files), [
    'shared/core/a.ts: imports itself by way of shared/core/b.ts, shared/core/c.ts',
  ])
})

test('words in comments and texts are no defects', () => {
  assert.deepEqual(
    architectureViolations(new Map([['shared/core/a.ts', "// Date.now\nconst x = 'Math.random'\n"]])),
    [],
  )
})
