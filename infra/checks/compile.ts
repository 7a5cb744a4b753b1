/** The real compiler over every file: whatever it prints is a finding. */
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BicepCli } from './bicep-cli.ts'
import { startBicep } from './bicep-rpc.ts'
import type { Finding } from './finding.ts'
import { parameterSets, snapshotFolder, type Snapshot } from './snapshot.ts'
import { manifestFile } from './sources.ts'

/** `build` and `lint` of every .bicep and .bicepparam file, and Bicep's own format. */
export const compileAll = ({ path }: BicepCli, root: string): Finding[] =>
  inCopy(root, (copy) => {
    const runs: readonly (readonly [rule: string, ...parameters: string[]])[] = [
      ['build', 'build', '--pattern', 'infra/**/*.bicep'],
      ['build', 'build-params', '--pattern', 'infra/**/*.bicepparam'],
      ['lint', 'lint', '--pattern', 'infra/**/*.bicep'],
      ['lint', 'lint', '--pattern', 'infra/**/*.bicepparam'],
    ]
    const printed = runs.flatMap(([rule, ...parameters]) =>
      linesOf(path, parameters, copy).map((line) => ({ rule, line })),
    )
    const seen = new Map(printed.map(({ rule, line }) => [line, rule]))
    return [...[...seen].map(([line, rule]) => findingOf(rule, line, copy)), ...formatAll(path, root, copy)]
  })

const linesOf = (path: string, parameters: readonly string[], folder: string): string[] => {
  const { stdout, stderr, status } = spawnSync(path, parameters, { cwd: folder, encoding: 'utf8' })
  const lines = `${stdout}${stderr}`.split(/\r?\n/).filter((line) => line.trim() !== '')
  if (status !== 0 && lines.length === 0) return [`bicep ${parameters.join(' ')} ended with ${status ?? 'a signal'}`]
  return lines
}

const findingOf = (rule: string, line: string, copy: string): Finding => {
  const [, where = 'infra', message = line] = /^(.+?\(\d+,\d+\)) : (.*)$/.exec(line) ?? []
  return { rule, where: where.replace(`${copy}/`, ''), message }
}

const formatAll = (path: string, root: string, copy: string): Finding[] => {
  for (const kind of ['bicep', 'bicepparam']) {
    spawnSync(path, ['format', '--pattern', `infra/**/*.${kind}`], { cwd: copy })
  }
  return globSync('infra/**/*.{bicep,bicepparam}', { cwd: copy })
    .filter((file) => readFileSync(join(copy, file), 'utf8') !== readFileSync(join(root, file), 'utf8'))
    .map((where) => ({ rule: 'format', where, message: `not as bicep format writes it: run bicep format ${where}` }))
}

/** Evaluates parameter sets; all of them unless some are named. Rejects where the compiler refuses one. */
export const takeSnapshots = async (
  cli: BicepCli,
  root: string,
  sets: readonly string[] = parameterSets(root),
): Promise<Map<string, Snapshot>> => {
  const bicep = startBicep(cli)
  try {
    const taken = new Map<string, Snapshot>()
    for (const set of sets) {
      const text = await bicep.snapshot(join(root, 'infra', 'params', `${set}.bicepparam`))
      taken.set(set, inOrder(JSON.parse(text) as Snapshot))
    }
    return taken
  } finally {
    bicep.close()
  }
}

/** The compiler gives outputs in an order that changes from run to run. */
const inOrder = (snapshot: Snapshot): Snapshot => ({
  ...snapshot,
  outputs: Object.fromEntries(Object.entries(snapshot.outputs).sort(([a], [b]) => (a < b ? -1 : 1))),
})

/** In a copy of what the compiler reads: it writes its answers beside its sources. */
const inCopy = <T>(root: string, work: (copy: string) => T): T => {
  const copy = mkdtempSync(join(tmpdir(), 'millrace-bicep-'))
  try {
    cpSync(join(root, 'infra'), join(copy, 'infra'), { recursive: true })
    cpSync(join(root, manifestFile), join(copy, manifestFile), { recursive: true })
    return work(copy)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** Where snapshots differ from those just taken, one finding for each resource. */
export const compareSnapshots = (
  committed: ReadonlyMap<string, Snapshot>,
  taken: ReadonlyMap<string, Snapshot>,
): Finding[] =>
  [...taken].flatMap(([set, snapshot]) => {
    const before = new Map(committed.get(set)?.predictedResources.map((resource) => [resource.id, resource]))
    const after = new Map(snapshot.predictedResources.map((resource) => [resource.id, resource]))
    const ids = [...new Set([...before.keys(), ...after.keys()])]
    const changed = ids
      .filter((id) => JSON.stringify(before.get(id)) !== JSON.stringify(after.get(id)))
      .map((id) => {
        const { type, name } = (after.get(id) ?? before.get(id))!
        const what = !before.has(id) ? 'is new' : !after.has(id) ? 'is gone' : 'has changed'
        return `${type} ${name} ${what}`
      })
    const outputs =
      JSON.stringify(committed.get(set)?.outputs) === JSON.stringify(snapshot.outputs) ? [] : ['outputs have changed']
    return [...changed, ...outputs, ...snapshot.diagnostics].map((message) => ({
      rule: 'snapshot-differs',
      where: `${snapshotFolder}/${set}.json`,
      message: `${message}: run npm run infra:snapshot and look at the difference`,
    }))
  })
