/** Partial document update: operations in order on a copy of the document, and a condition on the document before. */
import { badRequest, preconditionFailed } from './errors.ts'
import { isArray, isObject, type Json, type JsonObject } from './json.ts'
import { encodePartitionKey, partitionKeyOf } from './partition-key.ts'
import { matchesCondition } from './sql/condition.ts'

export interface Patch {
  readonly operations: readonly Json[]
  readonly condition: string | undefined
}

const maxOperations = 10

/** Reads a patch body: `{operations, condition?}`, or the operations alone. */
export const parsePatch = (body: Json): Patch => {
  const operations = isObject(body) ? body['operations'] : body
  const condition = isObject(body) ? body['condition'] : undefined
  if (operations === undefined || !isArray(operations)) throw badRequest('A patch must have an array of operations.')
  if (operations.length < 1 || operations.length > maxOperations) {
    throw badRequest(`A patch must have 1 to ${maxOperations} operations, but this one has ${operations.length}.`)
  }
  if (condition !== undefined && typeof condition !== 'string') {
    throw badRequest('condition of a patch must be a string.')
  }
  return { operations, condition }
}

/** The patched copy of `document`; `now` in epoch seconds. 412 where the condition does not hold; 400 where an operation cannot be applied. */
export const applyPatch = (
  document: JsonObject,
  patch: Patch,
  partitionKeyPaths: readonly string[],
  now: number,
): JsonObject => {
  if (patch.condition !== undefined && !matchesCondition(patch.condition, document, now * 1000)) {
    throw preconditionFailed("The document does not meet the patch's condition.")
  }
  const patched = structuredClone(document)
  for (const operation of patch.operations) applyOperation(patched, operation)
  const key = (of: JsonObject): string => encodePartitionKey(partitionKeyOf(of, partitionKeyPaths))
  if (patched['id'] !== document['id'] || key(patched) !== key(document)) {
    throw badRequest('A patch must not change the id or the partition key of a document.')
  }
  return patched
}

const applyOperation = (document: JsonObject, operation: Json): void => {
  const { op, path, from, value } = isObject(operation) ? operation : {}
  if (op === 'move') return move(document, from, path)
  const place = placeOf(document, path)
  switch (op) {
    case 'add':
      return insert(place, required(value, op))
    case 'set':
      return (isOldElement(place) ? assign : insert)(place, required(value, op))
    case 'replace':
      requireValue(place)
      return assign(place, required(value, op))
    case 'remove':
      requireValue(place)
      return remove(place)
    case 'incr':
      return increment(place, required(value, op))
    default:
      throw badRequest(`Patch: op must be add, set, replace, remove, incr or move, but is ${JSON.stringify(op)}.`)
  }
}

const move = (document: JsonObject, from: Json | undefined, path: Json | undefined): void => {
  if (typeof from === 'string' && typeof path === 'string' && `${path}/`.startsWith(`${from}/`)) {
    throw badRequest(`Patch: ${path} lies in ${from} and cannot be its new place.`)
  }
  const source = placeOf(document, from)
  const moved = requireValue(source)
  remove(source)
  insert(placeOf(document, path), moved)
}

interface Place {
  readonly parent: JsonObject | Json[]
  readonly name: string
  readonly path: string
}

const placeOf = (document: JsonObject, path: Json | undefined): Place => {
  if (typeof path !== 'string' || !path.startsWith('/') || path.length < 2) {
    throw badRequest(`Patch: the path ${JSON.stringify(path)} must start with / and name a property.`)
  }
  const names = path.slice(1).split('/').map(unescape)
  const name = names.pop() ?? ''
  let parent: Json = document
  for (const step of names) {
    const child = valueAt(parent, step)
    if (child === undefined) throw badRequest(`Patch: ${path} cannot be reached, for it has no parent.`)
    parent = child
  }
  if (typeof parent !== 'object' || parent === null) throw badRequest(`Patch: the parent of ${path} is not an object.`)
  if (isArray(parent) && !/^(?:-|0|[1-9]\d*)$/.test(name)) {
    throw badRequest(`Patch: ${path} leads into an array and must end with an index or -.`)
  }
  return { parent: parent as JsonObject | Json[], name, path }
}

/** Names in a JSON pointer write / as ~1 and ~ as ~0. */
const unescape = (name: string): string => name.replaceAll('~1', '/').replaceAll('~0', '~')

const valueAt = (parent: Json, name: string): Json | undefined => {
  if (isArray(parent)) return parent[Number(name)]
  return isObject(parent) && Object.hasOwn(parent, name) ? parent[name] : undefined
}

const required = (value: Json | undefined, op: string): Json => {
  if (value === undefined) throw badRequest(`Patch: ${op} needs a value.`)
  return value
}

const requireValue = (place: Place): Json => {
  const value = valueAt(place.parent, place.name)
  if (value === undefined) throw badRequest(`Patch: there is nothing at ${place.path}.`)
  return value
}

const isOldElement = ({ parent, name }: Place): boolean => Array.isArray(parent) && Number(name) < parent.length

const assign = ({ parent, name }: Place, value: Json): void => {
  if (Array.isArray(parent)) parent[Number(name)] = value
  else Object.defineProperty(parent, name, { value, enumerable: true, configurable: true, writable: true })
}

const insert = (place: Place, value: Json): void => {
  const { parent, name, path } = place
  if (!Array.isArray(parent)) return assign(place, value)
  const index = name === '-' ? parent.length : Number(name)
  if (index > parent.length) throw badRequest(`Patch: the index of ${path} lies beyond the end of the array.`)
  parent.splice(index, 0, value)
}

const remove = ({ parent, name }: Place): void => {
  if (Array.isArray(parent)) parent.splice(Number(name), 1)
  else delete parent[name]
}

const increment = (place: Place, by: Json): void => {
  const value = valueAt(place.parent, place.name) ?? 0
  if (typeof value !== 'number' || typeof by !== 'number') {
    throw badRequest(`Patch: incr needs numbers at ${place.path} and as its value.`)
  }
  assign(place, value + by)
}
