/** `npm run infra:check`: everything that can be said of the infrastructure without deploying it. Exits with 1 on any finding. */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { loadAzureTypes } from './azure-types.ts'
import { findBicep, pinnedVersion } from './bicep-cli.ts'
import { compareSnapshots, compileAll, takeSnapshots } from './compile.ts'
import { formatFinding, type Finding } from './finding.ts'
import { readSnapshots } from './snapshot.ts'
import { checkSnapshots } from './snapshot-checks.ts'
import {
  checkDescriptions,
  checkOrder,
  checkSnapshotTypes,
  checkSourceTypes,
  checkSyntax,
  readSources,
} from './source-checks.ts'
import { checkFreshness } from './sources.ts'

const root = join(import.meta.dirname, '..', '..')
const all: Finding[] = []

const report = (what: string, findings: readonly Finding[]): void => {
  all.push(...findings)
  console.log(`${findings.length === 0 ? 'ok     ' : 'WRONG  '} ${what}`)
  for (const finding of findings) console.log(`        ${formatFinding(finding)}`)
}
const skip = (what: string, reason: string): void => {
  console.log(`skipped ${what}: ${reason}`)
}

const snapshots = readSnapshots(root)
const sources = await readSources(root, root)
report(`snapshots of ${snapshots.size} parameter sets are fresh`, checkFreshness(root))
report('policies, roles, names, network, outputs, settings, data, azure.yaml', checkSnapshots(root, snapshots))
report(`${sources.size} Bicep files parse, are described and deploy in order`, [
  ...checkSyntax(sources),
  ...checkDescriptions(sources),
  ...checkOrder(sources),
])

const typesFolder = process.env['MILLRACE_AZURE_TYPES']
if (typesFolder === undefined) {
  skip('resource bodies against the official type data', 'MILLRACE_AZURE_TYPES names no folder with it')
} else {
  const types = loadAzureTypes(typesFolder)
  report('resource bodies, written and evaluated, against the official type data', [
    ...checkSourceTypes(sources, types),
    ...checkSnapshotTypes(snapshots, types),
  ])
}

const found = findBicep({ root, environment: process.env, platform: process.platform, arch: process.arch })
if ('missing' in found) {
  skip('compiling, linting and evaluating', found.missing)
} else {
  const { cli } = found
  report(`Bicep CLI ${cli.version} builds, lints and formats every file without a word`, compileAll(cli, root))
  if (cli.version === pinnedVersion) {
    report('snapshots equal what the compiler evaluates', compareSnapshots(snapshots, await takeSnapshots(cli, root)))
    report('seeded defects are found', runCompilerTests(cli.path))
  } else {
    skip('comparing snapshots', `they are made with Bicep CLI ${pinnedVersion}`)
  }
}

console.log(all.length === 0 ? '\nNothing to complain of.' : `\n${all.length} findings.`)
process.exitCode = all.length === 0 ? 0 : 1

/** The tests that `npm test` skips because they take a compiler. */
function runCompilerTests(bicep: string): Finding[] {
  const files = globSync('test/infra/compiler/*.test.ts', { cwd: root })
  const environment = { ...process.env, BICEP: bicep }
  const options = { cwd: root, env: environment, encoding: 'utf8' } as const
  const { status, stdout } = spawnSync(process.execPath, ['--test', ...files], options)
  console.log(
    stdout
      .split(/\r?\n/)
      .filter((line) => /^ℹ (pass|fail|skipped) /.test(line))
      .join(', '),
  )
  if (status === 0 && files.length > 0) return []
  return [{ rule: 'failed-test', where: 'test/infra/compiler', message: stdout }]
}
