/** Whole blobs: put, read, described, copied, deleted. */
import { aclText, permissionsOf } from './access.ts'
import { requireForRead, requireForWrite, requireSource } from './conditions.ts'
import {
  blobAlreadyExists,
  blobNotFound,
  invalidHeader,
  LakeError,
  missingHeader,
  notSupported,
  pathConflict,
} from './errors.ts'
import { requireContainer } from './file-systems.ts'
import {
  contentHeadersOf,
  leaseHeaders,
  metadataHeadersOf,
  overridesOf,
  readContentHeaders,
  versionHeaders,
} from './headers.ts'
import { requireGivenLease, requireLease } from './leases.ts'
import { piecesOf, withContent } from './receive.ts'
import { header, leaseId, metadataHeaders, readSource, type Answer, type LakeRequest } from './request.ts'
import type { ByteRange } from './store/content.ts'
import type { PathRecord } from './store/records.ts'
import { hasChildren, putFile, remove, touch } from './tree.ts'

export const putBlob = (request: LakeRequest): Promise<Answer> => {
  const type = header(request, 'x-ms-blob-type')
  if (type === undefined) throw missingHeader('x-ms-blob-type')
  if (type !== 'BlockBlob') {
    if (!['AppendBlob', 'PageBlob'].includes(type)) throw invalidHeader('x-ms-blob-type', 'BlockBlob')
    throw notSupported(`blobs of the type ${type}`)
  }
  const [metadata, headers] = [metadataHeaders(request), readContentHeaders(request, 'x-ms-blob-')]
  requireContainer(request)
  return withContent(request, (current, written) => {
    const existing = requireWritable(current)
    const properties = { metadata, headers: { contentMd5: written.md5, ...headers } }
    const record = putFile(current, existing, properties, piecesOf(written))
    return {
      status: 201,
      headers: { ...versionHeaders(record), 'content-md5': written.md5, 'x-ms-request-server-encrypted': 'true' },
    }
  })
}

/** What a write replaces: a file that its conditions and lease allow to replace, or nothing. */
export const requireWritable = (request: LakeRequest): PathRecord | undefined => {
  requireContainer(request)
  const existing = request.store.paths.find(request.fileSystem, request.path)
  requireForWrite(request.headers, existing, blobAlreadyExists)
  if (existing?.isDirectory === true) throw pathConflict()
  requireLease(existing?.lease, leaseId(request), request.now, 'Blob')
  return existing
}

/** 404 where the blob or its container does not exist. */
export const requireBlob = (request: LakeRequest): PathRecord => {
  requireContainer(request)
  const record = request.store.paths.find(request.fileSystem, request.path)
  if (record === undefined) throw blobNotFound()
  return record
}

/** What a change of properties changes: a path that exists and that its conditions and lease allow to change. */
export const requireChangeable = (request: LakeRequest): PathRecord => {
  const record = requireBlob(request)
  requireForWrite(request.headers, record)
  requireLease(record.lease, leaseId(request), request.now, 'Blob')
  return record
}

export const getBlob = (request: LakeRequest): Answer => {
  const record = requireReadable(request)
  const range = readRange(request, record.length)
  const { contentMd5 } = record.headers
  const headers = { ...describe(record, request.now), ...overridesOf(request) }
  const { start, end } = range ?? { start: 0, end: record.length - 1 }
  const stream = request.store.content.read(request.store.pieces.committed(record.id), { start, end })
  const body = { stream, length: end - start + 1 }
  if (range === undefined) return { status: 200, headers: { ...headers, 'content-md5': contentMd5 }, body }
  return {
    status: 206,
    headers: {
      ...headers,
      'content-range': `bytes ${start}-${end}/${record.length}`,
      'x-ms-blob-content-md5': contentMd5,
    },
    body,
  }
}

export const getBlobProperties = (request: LakeRequest): Answer => {
  const record = requireReadable(request)
  return {
    status: 200,
    headers: {
      ...describe(record, request.now),
      'content-length': record.length,
      'content-md5': record.headers.contentMd5,
    },
  }
}

const requireReadable = (request: LakeRequest): PathRecord => {
  if (request.query.has('snapshot') || request.query.has('versionid')) throw notSupported('snapshots and versions')
  const record = requireBlob(request)
  requireForRead(request.headers, record)
  requireGivenLease(record.lease, leaseId(request), request.now, 'Blob')
  return record
}

const describe = (record: PathRecord, now: number) => ({
  ...versionHeaders(record),
  ...contentHeadersOf(record.headers),
  ...metadataHeadersOf(record.metadata),
  // How blob clients tell directories.
  ...(record.isDirectory && { 'x-ms-meta-hdi_isfolder': 'true' }),
  ...leaseHeaders(record.lease, now),
  'accept-ranges': 'bytes',
  'x-ms-blob-type': 'BlockBlob',
  'x-ms-creation-time': new Date(record.createdAt).toUTCString(),
  'x-ms-server-encrypted': 'true',
  'x-ms-access-tier': 'Hot',
  'x-ms-access-tier-inferred': 'true',
  'x-ms-resource-type': record.isDirectory ? 'directory' : 'file',
  'x-ms-owner': record.access.owner,
  'x-ms-group': record.access.group,
  'x-ms-permissions': permissionsOf(record.access),
  'x-ms-acl': aclText(record.access),
})

/** undefined: all of it. 416 where it begins behind the end. */
const readRange = (request: LakeRequest, length: number): ByteRange | undefined => {
  const text = header(request, 'x-ms-range') ?? header(request, 'range')
  if (text === undefined) return undefined
  if (header(request, 'x-ms-range-get-content-md5') === 'true') throw notSupported('MD5 of a range')
  const [, first, last = ''] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(text) ?? []
  if (first === undefined) throw invalidHeader('x-ms-range', 'such as bytes=0-99 or bytes=100-')
  const start = Number(first)
  const end = Math.min(last === '' ? length - 1 : Number(last), length - 1)
  if (start > end) {
    throw new LakeError(416, 'InvalidRange', 'The range specified is invalid for the current size of the resource.')
  }
  return { start, end }
}

export const setBlobMetadata = (request: LakeRequest): Answer => {
  const metadata = metadataHeaders(request)
  const record = request.store.change(() => touch(request, { ...requireChangeable(request), metadata }))
  return { status: 200, headers: { ...versionHeaders(record), 'x-ms-request-server-encrypted': 'true' } }
}

/** What is not given is gone. */
export const setBlobProperties = (request: LakeRequest): Answer => {
  const headers = readContentHeaders(request, 'x-ms-blob-')
  const record = request.store.change(() => touch(request, { ...requireChangeable(request), headers }))
  return { status: 200, headers: versionHeaders(record) }
}

export const deleteBlob = (request: LakeRequest): Answer => {
  const { store } = request
  store.change(() => {
    const record = requireChangeable(request)
    if (record.isDirectory && hasChildren(request, record)) {
      throw new LakeError(409, 'DirectoryIsNotEmpty', 'This operation is not permitted on a non-empty directory.')
    }
    remove(request, record)
  })
  return { status: 202, headers: { 'x-ms-delete-type-permanent': 'true' } }
}

/** Within the account. The copy shares the bytes of its source, and so is done when it is answered. */
export const copyBlob = (request: LakeRequest): Answer => {
  const { store } = request
  const given = metadataHeaders(request)
  const { fileSystem, path } = readSource(request, 'x-ms-copy-source', request.account)
  const record = store.change(() => {
    const source = requireBlob({ ...request, fileSystem, path })
    if (source.isDirectory) throw pathConflict()
    requireSource(request.headers, source)
    const existing = requireWritable(request)
    const metadata = Object.keys(given).length > 0 ? given : source.metadata
    return putFile(request, existing, { metadata, headers: source.headers }, store.pieces.committed(source.id))
  })
  const isPut = header(request, 'x-ms-blob-type') !== undefined
  return {
    status: isPut ? 201 : 202,
    headers: { ...versionHeaders(record), 'x-ms-copy-id': record.etag, 'x-ms-copy-status': 'success' },
  }
}
