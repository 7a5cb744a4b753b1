/** What the snapshots were made from: a hash over it tells a stale snapshot without a compiler. */
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from './finding.ts'
import { parameterSets, snapshotFolder } from './snapshot.ts'

export const manifestFile = 'shared/streams/manifest.json'
export const sourcesFile = `${snapshotFolder}/sources.json`

/** `compiler`: version of the Bicep CLI that made the snapshots. */
export interface Sources {
  readonly compiler: string
  readonly hash: string
}

export const hashSources = (root: string): string => {
  const hash = createHash('sha256')
  const files = globSync(['infra/**/*.{bicep,bicepparam}', 'infra/modules/*.json', 'infra/bicepconfig.json'], {
    cwd: root,
  })
  for (const file of files.map((name) => name.replaceAll('\\', '/')).sort()) {
    hash.update(`${file}\n${readFileSync(join(root, file), 'utf8').replaceAll('\r\n', '\n')}\n`)
  }
  hash.update(JSON.stringify(hubsOf(root)))
  return hash.digest('hex')
}

/** Of the manifest only what Bicep reads: a changed rollup leaves the infrastructure as it is. */
const hubsOf = (root: string): unknown => {
  const { streams } = JSON.parse(readFileSync(join(root, manifestFile), 'utf8')) as {
    streams: { description: { name: string; hub: unknown } }[]
  }
  return streams.map(({ description: { name, hub } }) => ({ name, hub }))
}

/** Snapshots that are missing, left over, or made from other sources than these. */
export const checkFreshness = (root: string): Finding[] => {
  const wayOut = 'run npm run infra:snapshot with a Bicep CLI and look at the difference'
  const sets = parameterSets(root)
  const files = globSync(`${snapshotFolder}/*.json`, { cwd: root }).map((file) => file.replaceAll('\\', '/'))
  const wanted = sets.map((set) => `${snapshotFolder}/${set}.json`)
  const missing = wanted.filter((file) => !files.includes(file))
  const left = files.filter((file) => file !== sourcesFile && !wanted.includes(file))
  const known = existsSync(join(root, sourcesFile))
    ? (JSON.parse(readFileSync(join(root, sourcesFile), 'utf8')) as Sources).hash
    : undefined
  return [
    ...missing.map((where) => ({ rule: 'stale-snapshot', where, message: `it is missing: ${wayOut}` })),
    ...left.map((where) => ({ rule: 'stale-snapshot', where, message: 'no parameter set has this name: delete it' })),
    ...(known === hashSources(root)
      ? []
      : [{ rule: 'stale-snapshot', where: sourcesFile, message: `the sources have changed since: ${wayOut}` }]),
  ]
}
