/** Files and directories in their hierarchy: what every write keeps to. Runs within a change of the store. */
import { newAccess, type Access } from './access.ts'
import { pathConflict } from './errors.ts'
import { leaseAfterWrite } from './leases.ts'
import type { LakeRequest } from './request.ts'
import { parentOf, type ContentHeaders, type Metadata, type PathRecord, type Piece } from './store/records.ts'

type Place = Pick<LakeRequest, 'store' | 'fileSystem' | 'path' | 'now'>

export interface NewPath {
  readonly isDirectory: boolean
  readonly metadata: Metadata
  readonly headers: ContentHeaders
  readonly access?: Access
}

/** The path with new properties and no content, whether it was there or not; parents that are missing are made. */
export const put = (place: Place, existing: PathRecord | undefined, { isDirectory, ...properties }: NewPath) => {
  const { store, fileSystem, path, now } = place
  const access = properties.access ?? existing?.access ?? newAccess(isDirectory, {}, undefined)
  const fresh = {
    ...{ fileSystem, path, isDirectory, length: 0, etag: store.newEtag(), createdAt: now, modifiedAt: now },
    ...{ lease: leaseAfterWrite(existing?.lease, now), ...properties, access },
  }
  if (existing === undefined) {
    makeParents(place)
    return store.paths.insert(fresh)
  }
  const record = { ...fresh, id: existing.id }
  store.paths.update(record)
  store.pieces.replace(record.id, [])
  store.pieces.dropAppends(record.id)
  return record
}

/** A file with these pieces, in place of what was there; blocks that were staged for it are gone. */
export const putFile = (
  place: Place,
  existing: PathRecord | undefined,
  properties: Omit<NewPath, 'isDirectory'>,
  pieces: readonly Piece[],
): PathRecord => {
  const { store } = place
  const record = put(place, existing, { isDirectory: false, ...properties })
  const filled = { ...record, length: pieces.reduce((sum, { length }) => sum + length, 0) }
  store.paths.update(filled)
  store.pieces.replace(filled.id, pieces)
  store.pieces.unstageAll(filled.fileSystem, filled.path)
  return filled
}

/** The same path, changed: with a new etag. */
export const touch = ({ store, now }: Pick<LakeRequest, 'store' | 'now'>, record: PathRecord): PathRecord => {
  const touched = { ...record, lease: leaseAfterWrite(record.lease, now), etag: store.newEtag(), modifiedAt: now }
  store.paths.update(touched)
  return touched
}

/** With everything under it, and what was staged there. */
export const remove = ({ store }: Pick<LakeRequest, 'store'>, record: PathRecord): void => {
  store.paths.delete(record)
  store.pieces.unstageAll(record.fileSystem, record.path)
  store.pieces.unstageUnder(record.fileSystem, record.path)
}

export const hasChildren = ({ store }: Pick<LakeRequest, 'store'>, { fileSystem, path }: PathRecord): boolean =>
  store.paths.page({ fileSystem, prefix: `${path}/`, after: '', count: 1 }).length > 0

/** 409 where a step on the way is a file. */
const makeParents = (place: Place): void => {
  const { store, fileSystem, path, now } = place
  const parent = parentOf(path)
  if (parent === '') return
  const existing = store.paths.find(fileSystem, parent)
  if (existing?.isDirectory === false) throw pathConflict()
  if (existing !== undefined) return
  put({ store, fileSystem, path: parent, now }, undefined, { isDirectory: true, metadata: {}, headers: {} })
}
