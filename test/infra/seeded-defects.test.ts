import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadAzureTypes } from '../../infra/checks/azure-types.ts'
import { checkSourceTypes, checkSnapshotTypes, readSources } from '../../infra/checks/source-checks.ts'
import { checkSnapshots } from '../../infra/checks/snapshot-checks.ts'
import { readSnapshots, type Snapshots } from '../../infra/checks/snapshot.ts'
import { checkFreshness } from '../../infra/checks/sources.ts'
import { copyOfInfra, edit, root } from './copy.ts'
import { azdDefect, snapshotDefects, typeDefects, type MutableSnapshot } from './defects.ts'

const typesFolder = process.env['MILLRACE_AZURE_TYPES']
const skip = typesFolder === undefined ? 'MILLRACE_AZURE_TYPES names no folder with the type data of Azure' : false
const committed = readSnapshots(root)

test('the committed snapshots are made from these sources', () => {
  assert.deepEqual(checkFreshness(root), [])
})

test('the infrastructure as it is has no finding', () => {
  assert.deepEqual(checkSnapshots(root, committed), [])
})

test('the infrastructure as it is keeps to the type data, as written and as evaluated', { skip }, async () => {
  const types = loadAzureTypes(typesFolder!)
  assert.deepEqual(checkSourceTypes(await readSources(root, root), types), [])
  assert.deepEqual(checkSnapshotTypes(committed, types), [])
})

for (const { name, rule, file, from, to } of typeDefects) {
  test(`a seeded defect is found in the sources: ${name}`, { skip }, async () => {
    const copy = copyOfInfra()
    edit(copy, file, from, to)
    const found = checkSourceTypes(await readSources(copy, root), loadAzureTypes(typesFolder!))
    assert.deepEqual([...new Set(found.map((finding) => finding.rule))], [rule])
    assert.match(found[0]!.where, new RegExp(`^${file}:\\d+$`))
  })
}

for (const { name, rule, set, spoil } of snapshotDefects) {
  test(`a seeded defect is found in a snapshot: ${name}`, () => {
    const snapshot = structuredClone(committed.get(set)) as MutableSnapshot
    spoil?.(snapshot)
    const spoilt: Snapshots = new Map([...committed, [set, snapshot]])
    const found = checkSnapshots(root, spoilt)
    assert.ok(
      found.some((finding) => finding.rule === rule && finding.where.startsWith(set)),
      JSON.stringify(found),
    )
  })
}

test(`a seeded defect is found: ${azdDefect.name}`, () => {
  const copy = copyOfInfra()
  edit(copy, azdDefect.file, azdDefect.from, azdDefect.to)
  assert.deepEqual(
    checkSnapshots(copy, committed).map(({ rule, message }) => [rule, message]),
    [[azdDefect.rule, '/services/app/remotebuild is no key of azd here']],
  )
})

for (const file of [
  'infra/modules/lake.bicep',
  'infra/params/dev-public.bicepparam',
  'infra/modules/workbook.json',
  'infra/bicepconfig.json',
]) {
  test(`a snapshot is stale once ${file} has changed`, () => {
    const copy = copyOfInfra()
    edit(copy, file, '\n', '\n\n')
    assert.deepEqual(
      checkFreshness(copy).map(({ rule }) => rule),
      ['stale-snapshot'],
    )
  })
}

test('a snapshot is stale once a stream has another hub, and not when its rollups change', () => {
  const copy = copyOfInfra()
  edit(copy, 'shared/streams/manifest.json', '"lateness": "2m"', '"lateness": "3m"')
  assert.deepEqual(checkFreshness(copy), [])
  edit(copy, 'shared/streams/manifest.json', '"partitions": 4', '"partitions": 8')
  assert.equal(checkFreshness(copy).length, 1)
})
