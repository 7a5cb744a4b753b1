/** The operations on one item, alone or as parts of a batch. All checks come before the first write. */
import { badRequest, conflict, notFound, preconditionFailed, uniqueKeyConflict } from './errors.ts'
import { indexedTerms, modifiedTerms } from './indexing.ts'
import { cleanDocument, requireId, serialize } from './item-document.ts'
import { parseObject, type JsonObject } from './json.ts'
import { encodePartitionKey, requireSameKey, type PartitionKey } from './partition-key.ts'
import { applyPatch, type Patch } from './patch.ts'
import { createCharge, deleteCharge, patchCharge, readCharge, replaceCharge } from './ru.ts'
import type { ContainerRecord } from './store/catalog.ts'
import type { IndexEntries, StoredItem } from './store/item-table.ts'
import { expiryOf, parseTtl } from './ttl.ts'

export const operationKinds = ['Create', 'Upsert', 'Read', 'Replace', 'Delete', 'Patch'] as const
export type OperationKind = (typeof operationKinds)[number]

export interface ItemOperation {
  readonly kind: OperationKind
  /** Full key of the item. */
  readonly partitionKey: PartitionKey
  /** Of the item that the operation is about; Create and Upsert take it from the document. */
  readonly id: string | undefined
  /** Of Create, Upsert and Replace. */
  readonly document: JsonObject | undefined
  readonly patch: Patch | undefined
  readonly ifMatch: string | undefined
}

export interface OperationResult {
  readonly status: number
  readonly etag?: string
  /** JSON text of the document. */
  readonly body?: string | undefined
  readonly charge: number
}

export interface WriteContext {
  /** Epoch seconds. */
  readonly now: number
  /** Number of the transaction. */
  readonly lsn: number
  /** Place of the operation in the transaction, below 128. */
  readonly index: number
}

/** Runs one operation. Throws CosmosError, having changed nothing, where it cannot be done. */
export const execute = (
  container: ContainerRecord,
  operation: ItemOperation,
  context: WriteContext,
): OperationResult => {
  switch (operation.kind) {
    case 'Create':
      return create(container, operation, context)
    case 'Upsert':
      return upsert(container, operation, context)
    case 'Read':
      return readItem(requireItem(container, operation, context.now))
    case 'Replace':
      return replace(container, operation, context, requireItem(container, operation, context.now))
    case 'Patch':
      return patchItem(container, operation, context)
    case 'Delete':
      return deleteItem(container, operation, context)
  }
}

/** The item, unless it is missing or has expired by `now` (epoch seconds). */
export const findItem = (
  container: ContainerRecord,
  key: PartitionKey,
  id: string,
  now: number,
): StoredItem | undefined => {
  const item = container.items.find(encodePartitionKey(key), id)
  return item === undefined || isExpired(item, now) ? undefined : item
}

export const readItem = (item: StoredItem): OperationResult => ({
  status: 200,
  etag: item.etag,
  body: item.body,
  charge: readCharge(item.bytes),
})

/** The document of an item without system properties. */
const documentOf = (item: StoredItem): JsonObject => cleanDocument(parseObject(item.body, 'A stored item'))

const create = (container: ContainerRecord, operation: ItemOperation, context: WriteContext): OperationResult => {
  const document = documentIn(container, operation)
  const id = requireId(document['id'])
  const pk = encodePartitionKey(operation.partitionKey)
  const known = container.items.find(pk, id)
  if (known !== undefined && !isExpired(known, context.now)) throw conflict(`A document with the id ${id}`)
  const item = versionOf(container, document, pk, transactionUnique(context), context)
  if (known !== undefined) remove(container, known)
  const entries = container.entriesOf(document, pk)
  requireUnique(container, entries, item.key, context.now)
  container.items.insert(item, entries)
  return written(201, item, createCharge(item.bytes, indexedTerms(document, container.policy).size))
}

const upsert = (container: ContainerRecord, operation: ItemOperation, context: WriteContext): OperationResult => {
  const id = requireId(documentIn(container, operation)['id'])
  const known = findItem(container, operation.partitionKey, id, context.now)
  if (known === undefined) {
    if (operation.ifMatch !== undefined) throw preconditionFailed(`The document ${id} does not exist.`)
    return create(container, operation, context)
  }
  requireMatch(known, operation.ifMatch)
  return replace(container, { ...operation, id }, context, known)
}

const replace = (
  container: ContainerRecord,
  operation: ItemOperation,
  context: WriteContext,
  known: StoredItem,
): OperationResult => {
  requireMatch(known, operation.ifMatch)
  const document = documentIn(container, operation)
  if (document['id'] !== known.id) throw badRequest('The id in the document must be the id in the address.')
  return store(container, known, documentOf(known), document, context, replaceCharge)
}

const patchItem = (container: ContainerRecord, operation: ItemOperation, context: WriteContext): OperationResult => {
  const known = requireItem(container, operation, context.now)
  requireMatch(known, operation.ifMatch)
  if (operation.patch === undefined) throw badRequest('A patch needs a body with operations.')
  const whole = parseObject(known.body, 'A stored item')
  const patched = applyPatch(whole, operation.patch, container.definition.partitionKey.paths, context.now)
  return store(container, known, cleanDocument(whole), cleanDocument(patched), context, patchCharge)
}

const deleteItem = (container: ContainerRecord, operation: ItemOperation, context: WriteContext): OperationResult => {
  const known = requireItem(container, operation, context.now)
  requireMatch(known, operation.ifMatch)
  const document = documentOf(known)
  container.items.remove(known, container.entriesOf(document, known.pk))
  return { status: 204, charge: deleteCharge(known.bytes, indexedTerms(document, container.policy).size) }
}

const store = (
  container: ContainerRecord,
  known: StoredItem,
  before: JsonObject,
  after: JsonObject,
  context: WriteContext,
  price: (bytes: number, modified: number) => number,
): OperationResult => {
  const item = versionOf(container, after, known.pk, known.key, context)
  const { policy } = container
  const entries = container.entriesOf(after, known.pk)
  requireUnique(container, entries, known.key, context.now)
  container.items.update(item, container.entriesOf(before, known.pk), entries)
  return written(200, item, price(item.bytes, modifiedTerms(indexedTerms(before, policy), indexedTerms(after, policy))))
}

const remove = (container: ContainerRecord, item: StoredItem): void =>
  container.items.remove(item, container.entriesOf(documentOf(item), item.pk))

/** Clears expired owners of a unique key away; 409 for one that lives. */
const requireUnique = (container: ContainerRecord, { unique }: IndexEntries, key: number, now: number): void => {
  for (const [index, entry] of unique.entries()) {
    const owner = container.items.ownerOf(entry)
    if (owner === undefined || owner === key) continue
    const item = container.items.load(owner)
    if (item !== undefined && !isExpired(item, now)) {
      throw uniqueKeyConflict(container.definition.uniqueKeys[index] ?? [])
    }
    if (item !== undefined) remove(container, item)
  }
}

const versionOf = (
  container: ContainerRecord,
  document: JsonObject,
  pk: string,
  key: number,
  context: WriteContext,
): StoredItem => {
  const ttl = parseTtl(document['ttl'], 'ttl')
  const prefix = Buffer.from(container.rid, 'base64url').toString('hex').slice(8)
  const etag = `"${prefix}-${transactionUnique(context).toString(16).padStart(14, '0')}"`
  return {
    ...{ key, pk, id: requireId(document['id']), etag, ts: context.now, lsn: context.lsn, ttl },
    expires: expiryOf(context.now, ttl, container.definition.defaultTtl),
    ...serialize(document, container, { key, etag, ts: context.now }),
  }
}

/** A number that no other operation on the container has had: items keep the one of their creation as their key. */
const transactionUnique = ({ lsn, index }: WriteContext): number => lsn * 128 + index

const written = (status: number, item: StoredItem, charge: number): OperationResult => ({
  status,
  etag: item.etag,
  body: item.body,
  charge,
})

const documentIn = (container: ContainerRecord, operation: ItemOperation): JsonObject => {
  if (operation.document === undefined) throw badRequest(`${operation.kind} needs a document.`)
  const document = cleanDocument(operation.document)
  requireSameKey(document, operation.partitionKey, container.definition.partitionKey.paths)
  return document
}

const requireItem = (container: ContainerRecord, operation: ItemOperation, now: number): StoredItem => {
  const id = requireId(operation.id)
  const item = findItem(container, operation.partitionKey, id, now)
  if (item === undefined) throw notFound(`The document ${id}`)
  return item
}

const requireMatch = (item: StoredItem, ifMatch: string | undefined): void => {
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== item.etag) {
    throw preconditionFailed(`The document ${item.id} has another etag than the one in If-Match.`)
  }
}

const isExpired = (item: StoredItem, now: number): boolean => item.expires !== null && item.expires <= now
