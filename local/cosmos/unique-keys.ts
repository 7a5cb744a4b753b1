/** Unique keys: values at some paths that no two documents of a partition key may both have. */
import { badRequest } from './errors.ts'
import { isArray, isObject, type Json, type JsonObject } from './json.ts'
import { valueAt } from './partition-key.ts'
import { canonical } from './sql/values.ts'

export type UniqueKey = readonly string[]

const maxKeys = 10
const maxPaths = 16

/** Reads a container's `uniqueKeyPolicy`. */
export const parseUniqueKeys = (policy: Json | undefined): readonly UniqueKey[] => {
  const keys = isObject(policy) ? (policy['uniqueKeys'] ?? []) : []
  if (!isArray(keys) || keys.length > maxKeys) {
    throw badRequest(`uniqueKeyPolicy.uniqueKeys must be an array of at most ${maxKeys} keys.`)
  }
  return keys.map((key) => {
    const paths = isObject(key) ? (key['paths'] ?? null) : null
    if (!isArray(paths) || paths.length < 1 || paths.length > maxPaths || !paths.every(isPath)) {
      throw badRequest(`A unique key must have 1 to ${maxPaths} paths that start with / and lead to a property.`)
    }
    return paths as readonly string[]
  })
}

/** One text for each unique key: equal for documents that collide. A missing value counts as null. */
export const uniqueEntries = (document: JsonObject, pk: string, keys: readonly UniqueKey[]): readonly string[] =>
  keys.map((paths, index) => `${index} ${pk} ${paths.map((path) => canonical(valueAt(document, path) ?? null)).join()}`)

const isPath = (path: Json): boolean => typeof path === 'string' && /^\/[^*?[\]]+$/.test(path) && !path.endsWith('/')
