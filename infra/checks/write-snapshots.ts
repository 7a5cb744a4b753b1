/** `npm run infra:snapshot`: evaluates every parameter set and writes the snapshots, to be looked at and committed. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findBicep, pinnedVersion } from './bicep-cli.ts'
import { takeSnapshots } from './compile.ts'
import { snapshotFolder } from './snapshot.ts'
import { hashSources, sourcesFile, type Sources } from './sources.ts'

const root = join(import.meta.dirname, '..', '..')
const found = findBicep({ root, environment: process.env, platform: process.platform, arch: process.arch })
if ('missing' in found || found.cli.version !== pinnedVersion) {
  const reason = 'missing' in found ? found.missing : `found only Bicep CLI ${found.cli.version}`
  console.error(`Snapshots are made with Bicep CLI ${pinnedVersion}, and ${reason}.`)
  process.exit(1)
}
mkdirSync(join(root, snapshotFolder), { recursive: true })
for (const [set, snapshot] of await takeSnapshots(found.cli, root)) {
  writeFileSync(join(root, snapshotFolder, `${set}.json`), `${JSON.stringify(snapshot, null, 2)}\n`)
  console.log(`${set}: ${snapshot.predictedResources.length} resources`)
}
const sources: Sources = { compiler: pinnedVersion, hash: hashSources(root) }
writeFileSync(join(root, sourcesFile), `${JSON.stringify(sources, null, 2)}\n`)
