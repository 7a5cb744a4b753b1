/** Parameter sets as the compiler evaluates them: every resource with its whole body, and the outputs. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

export interface Resource {
  readonly id: string
  readonly type: string
  /** With the names of its parents: `account/database/container`. */
  readonly name: string
  readonly apiVersion: string
  readonly [key: string]: unknown
}

export interface Snapshot {
  readonly predictedResources: readonly Resource[]
  readonly diagnostics: readonly string[]
  readonly outputs: Readonly<Record<string, unknown>>
}

/** By the name of the parameter set. */
export type Snapshots = ReadonlyMap<string, Snapshot>

export const snapshotFolder = 'infra/snapshots'

export const parameterSets = (root: string): string[] =>
  globSync('infra/params/*.bicepparam', { cwd: root })
    .map((file) => basename(file, '.bicepparam'))
    .sort()

/** The committed snapshots. A set without one is left out: the check of staleness names it. */
export const readSnapshots = (root: string): Snapshots =>
  new Map(
    parameterSets(root)
      .map((set) => [set, join(root, snapshotFolder, `${set}.json`)] as const)
      .filter(([, file]) => existsSync(file))
      .map(([set, file]) => [set, JSON.parse(readFileSync(file, 'utf8')) as Snapshot]),
  )

export const ofType = (snapshot: Snapshot, type: string): readonly Resource[] =>
  snapshot.predictedResources.filter((resource) => resource.type === type)

/** What stands at a dotted path, or undefined. */
export const at = (value: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (part, key) =>
        typeof part === 'object' && part !== null ? (part as Readonly<Record<string, unknown>>)[key] : undefined,
      value,
    )

/** The last part of a name: what the resource is called in its parent. */
export const ownName = ({ name }: Resource): string =>
  isExpression(name) ? name : name.slice(name.lastIndexOf('/') + 1)

/** Whether the compiler could not evaluate a text because it is known only once something is deployed. */
export const isExpression = (value: unknown): boolean =>
  typeof value === 'string' && value.startsWith('[') && !value.startsWith('[[')

export const isPrivate = (snapshot: Snapshot): boolean => snapshot.outputs['NETWORK_MODE'] === 'private'
