/** A document as the client wrote it, checked, and as it is stored, with its system properties. */
import { badRequest, tooLarge } from './errors.ts'
import { isArray, type Json, type JsonObject } from './json.ts'
import { itemRid } from './resource-id.ts'
import type { ContainerRecord } from './store/catalog.ts'

/** 2 MB: the most a document or the body of a batch may have. */
export const maxBytes = 2 * 1024 * 1024

const systemProperties = ['_rid', '_self', '_etag', '_attachments', '_ts', '_lsn']
const maxIdBytes = 1023
/** Of objects and arrays in each other. */
const maxDepth = 128

/** Without system properties, as a new object; throws where the id is missing or cannot be addressed. */
export const cleanDocument = (document: JsonObject): JsonObject => {
  const clean = { ...document }
  for (const name of systemProperties) delete clean[name]
  requireId(clean['id'])
  return clean
}

export const requireId = (id: unknown): string => {
  if (typeof id !== 'string' || id === '')
    throw badRequest('The input is invalid: id must be a string that is not empty.')
  if (/[/\\#]/.test(id) || !id.isWellFormed() || Buffer.byteLength(id) > maxIdBytes) {
    throw badRequest(`The id of a document must not contain / \\ # and must not exceed ${maxIdBytes} bytes.`)
  }
  return id
}

/** The text to store and the size that is charged for. */
export const serialize = (
  document: JsonObject,
  container: ContainerRecord,
  system: { readonly key: number; readonly etag: string; readonly ts: number },
): { body: string; bytes: number } => {
  requireStorable(document, 1)
  const text = JSON.stringify(document)
  const bytes = Buffer.byteLength(text)
  if (bytes > maxBytes) throw tooLarge(`The document has ${bytes} bytes; at most ${maxBytes} are allowed.`)
  const rid = itemRid(container.rid, system.key)
  const self = `dbs/${container.database.rid}/colls/${container.rid}/docs/${rid}/`
  const added = { _rid: rid, _self: self, _etag: system.etag, _attachments: 'attachments/', _ts: system.ts }
  return { body: `${text.slice(0, -1)},${JSON.stringify(added).slice(1)}`, bytes }
}

/** Nesting has a limit, and a number too large for a double would silently become null. */
const requireStorable = (value: JsonObject | readonly Json[], depth: number): void => {
  if (depth > maxDepth) throw badRequest(`The document nests deeper than ${maxDepth} levels.`)
  for (const inner of isArray(value) ? value : Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) requireStorable(inner, depth + 1)
    else if (typeof inner === 'number' && !Number.isFinite(inner)) {
      throw badRequest('The document has a number beyond the range of a double (about 1.8e308).')
    }
  }
}
