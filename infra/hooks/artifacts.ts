/** Synapse artifacts as files: read, checked, and put in an order in which each finds what it refers to. */
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { TerminalError } from '../../shared/errors.ts'
import type { AzureRest } from './azure-rest.ts'
import { scopes, type Endpoints } from './endpoints.ts'
import type { Step } from './step.ts'

export interface Artifact {
  /** Folder that it lies in, in the layout that Synapse Studio keeps in Git. */
  readonly kind: Kind
  readonly name: string
  readonly properties: unknown
}

/** Folder to the segment of the URL. */
const segments = {
  linkedService: 'linkedservices',
  dataset: 'datasets',
  dataflow: 'dataflows',
  sparkConfiguration: 'sparkconfigurations',
  notebook: 'notebooks',
  sparkJobDefinition: 'sparkJobDefinitions',
  sqlscript: 'sqlScripts',
  pipeline: 'pipelines',
  trigger: 'triggers',
} as const
type Kind = keyof typeof segments

const referenceKinds: Readonly<Record<string, Kind>> = {
  LinkedServiceReference: 'linkedService',
  DatasetReference: 'dataset',
  DataFlowReference: 'dataflow',
  SparkConfigurationReference: 'sparkConfiguration',
  NotebookReference: 'notebook',
  SparkJobDefinitionReference: 'sparkJobDefinition',
  PipelineReference: 'pipeline',
}

const apiVersion = '2020-12-01'

/** Azure makes these itself, with every workspace. */
const isDefault = (name: string): boolean => /-WorkspaceDefault(Storage|SqlServer)$/.test(name)

/**
 * Reads `<folder>/<kind>/<name>.json` with `${NAME}` replaced by what was deployed. An absent or empty folder holds none.
 * Throws one TerminalError that lists every problem: no JSON, a name that is not the file's, a placeholder or a reference that
 * leads nowhere.
 */
export const readArtifacts = (folder: string, values: Readonly<Record<string, string>>): Artifact[] => {
  const problems: string[] = []
  const files = globSync(`{${Object.keys(segments).join(',')}}/*.json`, { cwd: folder }).sort()
  const artifacts = files.flatMap((file): Artifact[] => {
    const text = fill(readFileSync(join(folder, file), 'utf8'), values, (name) => {
      problems.push(`${file}: nothing is known of \${${name}}`)
    })
    const artifact = parse(text)
    if (artifact?.name !== basename(file, '.json')) {
      problems.push(`${file}: expected JSON with the name ${basename(file, '.json')} and properties`)
      return []
    }
    return isDefault(artifact.name)
      ? []
      : [{ kind: dirname(file) as Kind, name: artifact.name, properties: artifact.properties }]
  })
  const known = new Set(artifacts.map(keyOf))
  for (const artifact of artifacts) {
    const lost = referencesOf(artifact).filter((key) => !known.has(key) && !isDefault(key))
    problems.push(...lost.map((key) => `${keyOf(artifact)}: refers to ${key}, which is not there`))
  }
  if (problems.length > 0)
    throw new TerminalError(`The artifacts in ${folder} cannot be deployed:\n  ${problems.join('\n  ')}`)
  return inOrder(artifacts)
}

const fill = (text: string, values: Readonly<Record<string, string>>, onUnknown: (name: string) => void): string =>
  text.replaceAll(/\$\{([A-Z_]+)\}/g, (whole, name: string) => {
    const value = values[name]
    if (value === undefined) onUnknown(name)
    return value ?? whole
  })

const parse = (text: string): { name: string; properties: unknown } | undefined => {
  try {
    return JSON.parse(text) as { name: string; properties: unknown }
  } catch {
    return undefined
  }
}

const keyOf = ({ kind, name }: Pick<Artifact, 'kind' | 'name'>): string => `${kind}/${name}`

/** Everything that has a referenceName and the type of what it refers to. */
const referencesOf = (artifact: Artifact): string[] => {
  const found: string[] = []
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const { referenceName, type } = value as { referenceName?: unknown; type?: unknown }
    const kind = typeof type === 'string' ? referenceKinds[type] : undefined
    if (kind !== undefined && typeof referenceName === 'string') found.push(keyOf({ kind, name: referenceName }))
    Object.values(value).forEach(walk)
  }
  walk(artifact.properties)
  return found
}

/** Each after what it refers to; otherwise as given. Throws where artifacts refer to each other in a circle. */
const inOrder = (artifacts: readonly Artifact[]): Artifact[] => {
  const byKey = new Map(artifacts.map((artifact) => [keyOf(artifact), artifact]))
  const placed = new Set<string>()
  const ordered: Artifact[] = []
  const place = (key: string, path: readonly string[]): void => {
    const artifact = byKey.get(key)
    if (artifact === undefined || placed.has(key)) return
    if (path.includes(key))
      throw new TerminalError(`Artifacts refer to each other in a circle: ${[...path, key].join(' -> ')}`)
    for (const reference of referencesOf(artifact)) place(reference, [...path, key])
    placed.add(key)
    ordered.push(artifact)
  }
  for (const key of byKey.keys()) place(key, [])
  return ordered
}

/** One step for each artifact. A running trigger is stopped before it is changed, and started if its file says so. */
export const putArtifacts = (
  { rest, endpoints }: { readonly rest: AzureRest; readonly endpoints: Endpoints },
  workspace: string,
  artifacts: readonly Artifact[],
): Step[] =>
  artifacts.map((artifact) => ({
    what: `put ${keyOf(artifact)}`,
    run: async () => {
      const url = `${endpoints.synapse(workspace)}/${segments[artifact.kind]}/${artifact.name}`
      const query = `?api-version=${apiVersion}`
      const post = (action: string) =>
        rest.send({ method: 'POST', url: `${url}/${action}${query}`, scope: scopes.synapse, accept: [404] })
      if (artifact.kind === 'trigger') await post('stop')
      const { name, properties } = artifact
      await rest.send({ method: 'PUT', url: url + query, scope: scopes.synapse, body: { name, properties } })
      if (artifact.kind === 'trigger' && isStarted(properties)) await post('start')
    },
  }))

const isStarted = (properties: unknown): boolean =>
  (properties as { runtimeState?: string } | undefined)?.runtimeState === 'Started'
