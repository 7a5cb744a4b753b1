/** The official type data of Azure resources, in the format of bicep-types. Its folder is no part of the repository. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readIndexJson, readTypesJson, TypeBaseKind, type BicepType, type TypeReference } from 'bicep-types'

/** A type together with the file that its references lead into. */
export interface ResolvedType {
  readonly type: BicepType
  readonly resolve: (reference: TypeReference) => BicepType
}

export interface AzureTypes {
  /** The body of `Microsoft.X/y@version`, or why there is none. */
  body(resourceType: string, version: string): ResolvedType | { readonly problem: Unpinned }
}

/** `type`: nothing is known of it. `version`: others are. `case`: it is spelled otherwise. */
export interface Unpinned {
  readonly kind: 'type' | 'version' | 'case'
  readonly known: readonly string[]
}

export const typesOf = (types: readonly BicepType[], type: BicepType): ResolvedType => ({
  type,
  resolve: (reference) => types[reference.index]!,
})

/** Reads the index of a folder of type data; type files are read as they are asked for. */
export const loadAzureTypes = (folder: string): AzureTypes => {
  const { resources } = readIndexJson(readFileSync(join(folder, 'index.json'), 'utf8'))
  const files = new Map<string, BicepType[]>()
  const fileOf = (path: string): BicepType[] => {
    const known = files.get(path) ?? readTypesJson(readFileSync(join(folder, path), 'utf8'))
    files.set(path, known)
    return known
  }
  return {
    body: (resourceType, version) => {
      const reference = resources[`${resourceType}@${version}`]
      if (reference === undefined) return { problem: unpinned(Object.keys(resources), resourceType, version) }
      const types = fileOf(reference.relativePath)
      const resource = types[reference.index]
      if (resource?.type !== TypeBaseKind.ResourceType)
        throw new Error(`${resourceType}@${version} is no resource type.`)
      return typesOf(types, types[resource.body.index]!)
    },
  }
}

const unpinned = (keys: readonly string[], resourceType: string, version: string): Unpinned => {
  const lower = `${resourceType}@${version}`.toLowerCase()
  const spelled = keys.filter((key) => key.toLowerCase() === lower)
  if (spelled.length > 0) return { kind: 'case', known: spelled }
  const versions = keys.filter((key) => key.toLowerCase().startsWith(`${resourceType.toLowerCase()}@`))
  return { kind: versions.length > 0 ? 'version' : 'type', known: versions }
}
