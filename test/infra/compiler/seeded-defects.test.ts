/** With the real compiler: each defect stands in the sources of a copy, and what they evaluate to is checked. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { join } from 'node:path'
import { startBicep, type BicepRpc } from '../../../infra/checks/bicep-rpc.ts'
import { pinnedVersion } from '../../../infra/checks/bicep-cli.ts'
import { checkSnapshots } from '../../../infra/checks/snapshot-checks.ts'
import { readSnapshots, type Snapshot } from '../../../infra/checks/snapshot.ts'
import { copyOfInfra, edit, root } from '../copy.ts'
import { snapshotDefects, typeDefects } from '../defects.ts'

const path = process.env['BICEP']
const skip = path === undefined ? 'BICEP names no Bicep CLI: npm run infra:check finds one and runs this' : false
const committed = readSnapshots(root)

let bicep: BicepRpc
before(() => {
  if (path !== undefined) bicep = startBicep({ path, version: pinnedVersion })
})
after(() => {
  if (path !== undefined) bicep.close()
})

for (const { name, rule, file, from, to, set } of snapshotDefects) {
  test(`a seeded defect is found after compiling: ${name}`, { skip }, async () => {
    const copy = copyOfInfra()
    edit(copy, file, from, to)
    const text = await bicep.snapshot(join(copy, 'infra', 'params', `${set}.bicepparam`))
    const found = checkSnapshots(copy, new Map([...committed, [set, JSON.parse(text) as Snapshot]]))
    assert.ok(
      found.some((finding) => finding.rule === rule && finding.where.startsWith(set)),
      JSON.stringify(found),
    )
  })
}

for (const { name, file, from, to } of typeDefects) {
  test(`the compiler complains too: ${name}`, { skip }, async () => {
    const copy = copyOfInfra()
    edit(copy, file, from, to)
    assert.notDeepEqual(await bicep.diagnostics(join(copy, file)), [])
  })
}
