/** Partition keys: one value a path; several paths make a hierarchical key, of which a query may give a prefix. */
import { badRequest } from './errors.ts'
import { isArray, isObject, parseJson, type Json, type JsonObject } from './json.ts'

/** A document without the property has the value `{}`, as on the wire. */
export type PartitionKey = readonly Json[]

const mismatch = 1001
const maxValueBytes = 2048

/** Reads the `x-ms-documentdb-partitionkey` header (or the same text in an operation of a batch). */
export const parsePartitionKey = (text: string): PartitionKey => {
  const key = parseJson(text, 'The partition key')
  if (!isArray(key) || !key.every(isComponent)) {
    throw badRequest('The partition key must be an array of strings, numbers, booleans, nulls or empty objects.')
  }
  return key
}

/** The key that `document` has under `paths`. */
export const partitionKeyOf = (document: JsonObject, paths: readonly string[]): PartitionKey =>
  paths.map((path) => {
    const value = valueAt(document, path)
    if (value === undefined) return {}
    if (!isComponent(value)) {
      throw badRequest(`The document's partition key ${path} must be a string, number, boolean or null.`, mismatch)
    }
    if (typeof value === 'string' && Buffer.byteLength(value) > maxValueBytes) {
      throw badRequest(`The document's partition key ${path} has more than ${maxValueBytes} bytes.`)
    }
    return value
  })

/** Text under which items are stored: the text of a prefix of a key is a prefix of the key's text. */
export const encodePartitionKey = (key: PartitionKey): string =>
  key.map((value) => `${JSON.stringify(value)},`).join('')

/** What `encodePartitionKey` made the text of. */
export const decodePartitionKey = (text: string): PartitionKey => JSON.parse(`[${text.slice(0, -1)}]`) as PartitionKey

/** A point operation needs a value for every path. */
export const requireFullKey = (key: PartitionKey | undefined, paths: readonly string[]): PartitionKey => {
  if (key?.length === paths.length) return key
  throw badRequest(
    `The partition key has ${key?.length ?? 0} values, but the container has the paths ${paths.join(', ')}.`,
    mismatch,
  )
}

/** What a document says must be what the request says. */
export const requireSameKey = (document: JsonObject, stated: PartitionKey, paths: readonly string[]): void => {
  if (encodePartitionKey(partitionKeyOf(document, paths)) === encodePartitionKey(stated)) return
  throw badRequest(
    "PartitionKey extracted from document doesn't match the one specified in the header: " +
      `send the values that the document has at ${paths.join(', ')}.`,
    mismatch,
  )
}

const isComponent = (value: Json): boolean =>
  value === null ||
  typeof value === 'string' ||
  typeof value === 'number' ||
  typeof value === 'boolean' ||
  (isObject(value) && Object.keys(value).length === 0)

/** The value at a path such as `/a/b` or `/"a b"/c`. */
export const valueAt = (document: JsonObject, path: string): Json | undefined => {
  let value: Json | undefined = document
  for (const name of stepsOf(path)) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}

const knownPaths = new Map<string, readonly string[]>()

const stepsOf = (path: string): readonly string[] => {
  let steps = knownPaths.get(path)
  if (steps === undefined) {
    steps = path.match(/\/(?:"[^"]*"|[^/]+)/g)?.map((step) => step.slice(1).replace(/^"(.*)"$/, '$1')) ?? []
    knownPaths.set(path, steps)
  }
  return steps
}
