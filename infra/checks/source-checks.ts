/** What can be told from the Bicep sources alone: they parse, keep to the type data, are described, and deploy in order. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AzureTypes, Unpinned } from './azure-types.ts'
import { createBicepReader, type BicepFile } from './bicep-source.ts'
import type { Finding } from './finding.ts'
import { ownName, type Resource, type Snapshots } from './snapshot.ts'
import { mismatches } from './type-check.ts'
import { valueOfJson } from './value.ts'

export type Sources = ReadonlyMap<string, BicepFile>

/** The grammar is read from `modulesRoot`, where node_modules is; the sources from `root`. */
export const readSources = async (root: string, modulesRoot: string): Promise<Sources> => {
  const read = await createBicepReader(modulesRoot)
  const files = globSync('infra/**/*.bicep', { cwd: root }).map((file) => file.replaceAll('\\', '/'))
  return new Map(files.sort().map((file) => [file, read(readFileSync(join(root, file), 'utf8'))]))
}

/** Types that are not among the type data: the compiler alone checks them. */
const compilerOnly = new Set([
  'Microsoft.Network/publicIPAddresses@2025-05-01',
  'Microsoft.Network/natGateways@2025-05-01',
])

export const checkSyntax = (sources: Sources): Finding[] =>
  [...sources].flatMap(([file, { unparsed }]) =>
    unparsed.map((line) => ({
      rule: 'unparsed',
      where: `${file}:${line}`,
      message: 'outside the part of Bicep that the checks read: no spread, no typed variable, no `!` at the end',
    })),
  )

export const checkSourceTypes = (sources: Sources, types: AzureTypes): Finding[] =>
  [...sources].flatMap(([file, { resources }]) =>
    resources.flatMap(({ type, version, line, isExisting, body }): Finding[] => {
      const wanted = bodyType(types, type, version)
      if (wanted === undefined) return []
      if ('problem' in wanted) return [unpinned(`${file}:${line}`, type, version, wanted.problem)]
      if (isExisting) return []
      return mismatches(body, wanted).map(({ rule, path, line: at = line, message }) => ({
        rule,
        where: `${file}:${at}`,
        message: `${type} ${path}: ${message}`,
      }))
    }),
  )

/** The same of evaluated bodies, where variables and parameters have become values. */
export const checkSnapshotTypes = (snapshots: Snapshots, types: AzureTypes): Finding[] =>
  [...snapshots].flatMap(([set, snapshot]) =>
    snapshot.predictedResources.flatMap((resource): Finding[] => {
      const { type, apiVersion } = resource
      const where = `${set}: ${type} ${resource.name}`
      const wanted = bodyType(types, type, apiVersion)
      if (wanted === undefined) return []
      if ('problem' in wanted) return [unpinned(where, type, apiVersion, wanted.problem)]
      return mismatches(valueOfJson(bodyOf(resource)), wanted).map(({ rule, path, message }) => ({
        rule,
        where,
        message: `${path}: ${message}`,
      }))
    }),
  )

const bodyType = (types: AzureTypes, type: string, version: string) =>
  compilerOnly.has(`${type}@${version}`) ? undefined : types.body(type, version)

const bodyOf = ({ id: _id, type: _type, apiVersion: _version, ...body }: Resource): object => ({
  ...body,
  name: ownName({ id: _id, type: _type, apiVersion: _version, ...body }),
})

const unpinned = (where: string, type: string, version: string, { kind, known }: Unpinned): Finding => ({
  rule: kind === 'version' ? 'unknown-api-version' : kind === 'case' ? 'wrong-case' : 'unknown-type',
  where,
  message: `${type}@${version}: ${known.length === 0 ? 'the type data does not have it' : `known are ${known.join(', ')}`}`,
})

/** Every parameter and output says what it means, and parameters whether they have to be given. */
export const checkDescriptions = (sources: Sources): Finding[] =>
  [...sources].flatMap(([file, { declarations }]) =>
    declarations
      .filter(({ kind, description }) =>
        kind === 'param' ? !/^(Required|Optional|Conditional)\. \S/.test(description ?? '') : description === undefined,
      )
      .map(({ kind, name, line }) => ({
        rule: 'undescribed',
        where: `${file}:${line}`,
        message: `${kind} ${name}: expected a description${kind === 'param' ? ' that begins with Required, Optional or Conditional' : ''}`,
      })),
  )

/** Deployments that fail, now and then, where the other one is not there yet. */
const order: readonly (readonly [module: string, after: readonly string[]])[] = [
  ['eventHubs', ['eventHubsNamespace', 'roles']],
  ['app', ['roles', 'cosmosRoles', 'eventHubs', 'privateLink']],
  ['roles', ['hostStorage', 'lake', 'eventHubsNamespace', 'monitoring', 'keyVault', 'capacityKeeperRole']],
  ['synapse', ['lake']],
  ['privateLink', ['network', 'hostStorage', 'lake', 'eventHubsNamespace', 'cosmos', 'synapse', 'keyVault']],
]

export const checkOrder = (sources: Sources): Finding[] => {
  const modules = sources.get('infra/main.bicep')?.modules ?? []
  return order.flatMap(([name, after]) =>
    after
      .filter((other) => !(modules.find((module) => module.name === name)?.dependsOn ?? []).includes(other))
      .map((other) => ({
        rule: 'deployment-order',
        where: 'infra/main.bicep',
        message: `${name} has to wait for ${other}`,
      })),
  )
}
