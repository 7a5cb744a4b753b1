/** Files and directories, as the Data Lake interface makes, describes and deletes them. */
import { aclText, changeAccess, newAccess, permissionsOf } from './access.ts'
import { requireForRead, requireForWrite } from './conditions.ts'
import { invalidQuery, LakeError, notSupported, pathAlreadyExists, pathConflict, pathNotFound } from './errors.ts'
import { requireFileSystem } from './file-systems.ts'
import { contentHeadersOf, leaseHeaders, propertiesHeader, readContentHeaders, versionHeaders } from './headers.ts'
import { requireGivenLease, requireLease } from './leases.ts'
import { flagQuery, header, leaseId, metadataProperties, type Answer, type LakeRequest } from './request.ts'
import type { PathRecord } from './store/records.ts'
import { hasChildren, put, putFile, remove, touch } from './tree.ts'

/** A file that is there is emptied; a directory that is there keeps what is in it. */
export const createPath = (request: LakeRequest): Answer => {
  const { store, fileSystem, path, query, now } = request
  const resource = query.get('resource')
  if (resource !== 'file' && resource !== 'directory') throw invalidQuery('resource', 'file or directory')
  for (const name of ['x-ms-expiry-option', 'x-ms-encryption-context', 'x-ms-proposed-lease-id']) {
    if (header(request, name) !== undefined) throw notSupported(`${name} when a path is created`)
  }
  const isDirectory = resource === 'directory'
  const properties = {
    metadata: metadataProperties(request),
    headers: readContentHeaders(request, 'x-ms-'),
    access: newAccess(isDirectory, accessChange(request), header(request, 'x-ms-umask')),
  }
  const record = store.change(() => {
    requireFileSystem(request)
    const existing = store.paths.find(fileSystem, path)
    requireForWrite(request.headers, existing, pathAlreadyExists)
    if (existing !== undefined && existing.isDirectory !== isDirectory) throw pathConflict()
    requireLease(existing?.lease, leaseId(request), now, 'Blob')
    return isDirectory
      ? put(request, existing, { isDirectory, ...properties })
      : putFile(request, existing, properties, [])
  })
  return { status: 201, headers: { ...versionHeaders(record), 'x-ms-request-server-encrypted': 'true' } }
}

/** 404 where the path or its file system does not exist. */
export const requirePath = (request: LakeRequest): PathRecord => {
  requireFileSystem(request)
  const record = request.store.paths.find(request.fileSystem, request.path)
  if (record === undefined) throw pathNotFound()
  return record
}

/** A path that exists and that its conditions and lease allow to change. */
export const requireChangeablePath = (request: LakeRequest): PathRecord => {
  const record = requirePath(request)
  requireForWrite(request.headers, record)
  requireLease(record.lease, leaseId(request), request.now, 'Blob')
  return record
}

/** Of a directory of any size: gone at once, so that there is never anything to continue. */
export const deletePath = (request: LakeRequest): Answer => {
  const { store } = request
  const isRecursive = flagQuery(request, 'recursive')
  store.change(() => {
    const record = requireChangeablePath(request)
    if (record.isDirectory && !isRecursive && hasChildren(request, record)) {
      throw new LakeError(
        409,
        'DirectoryNotEmpty',
        'The recursive query parameter value must be true to delete a non-empty directory.',
      )
    }
    remove(request, record)
  })
  return { status: 200 }
}

/** HEAD with an action: `getStatus` or `getAccessControl`. */
export const getPathProperties = (request: LakeRequest): Answer => {
  const record = requirePath(request)
  requireForRead(request.headers, record)
  requireGivenLease(record.lease, leaseId(request), request.now, 'Blob')
  const access = {
    'x-ms-owner': record.access.owner,
    'x-ms-group': record.access.group,
    'x-ms-permissions': permissionsOf(record.access),
  }
  if (request.query.get('action') === 'getAccessControl') {
    return { status: 200, headers: { ...versionHeaders(record), ...access, 'x-ms-acl': aclText(record.access) } }
  }
  return {
    status: 200,
    headers: {
      ...versionHeaders(record),
      ...contentHeadersOf(record.headers),
      ...leaseHeaders(record.lease, request.now),
      ...access,
      'accept-ranges': 'bytes',
      'content-length': record.length,
      'x-ms-resource-type': record.isDirectory ? 'directory' : 'file',
      'x-ms-properties': propertiesHeader(record.metadata),
    },
  }
}

/** PATCH with the action `setProperties`: headers that are not given stay, metadata is replaced where it is given. */
export const setPathProperties = (request: LakeRequest): Answer => {
  const headers = readContentHeaders(request, 'x-ms-')
  const metadata = metadataProperties(request)
  const record = request.store.change(() => {
    const before = requireChangeablePath(request)
    return touch(request, {
      ...before,
      headers: { ...before.headers, ...headers },
      metadata: header(request, 'x-ms-properties') === undefined ? before.metadata : metadata,
    })
  })
  return { status: 200, headers: versionHeaders(record) }
}

export const setAccessControl = (request: LakeRequest): Answer => {
  const record = request.store.change(() => {
    const before = requireChangeablePath(request)
    return touch(request, { ...before, access: changeAccess(before.access, accessChange(request)) })
  })
  return { status: 200, headers: versionHeaders(record) }
}

const accessChange = (request: LakeRequest) => ({
  owner: header(request, 'x-ms-owner'),
  group: header(request, 'x-ms-group'),
  permissions: header(request, 'x-ms-permissions'),
  acl: header(request, 'x-ms-acl'),
})
