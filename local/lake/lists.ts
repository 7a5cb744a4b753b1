/** What is in a file system, in pages: as the blob interface lists it in XML and the Data Lake interface in JSON. */
import { permissionsOf } from './access.ts'
import { invalidQuery, notSupported, pathNotFound } from './errors.ts'
import { metadataElement, requireContainer, requireFileSystem } from './file-systems.ts'
import { leaseDuration, leaseStatus } from './headers.ts'
import { leaseState } from './leases.ts'
import { flagQuery, joinedPath, pageSize, type Answer, type LakeRequest } from './request.ts'
import type { PathRecord } from './store/records.ts'
import { element, listAnswer, textElement } from './xml.ts'

/**
 * With the delimiter `/` what is right in one directory, else everything, directories too. A marker is the last path of
 * the page before.
 */
export const listBlobs = (request: LakeRequest): Answer => {
  const { store, fileSystem, query, now } = request
  requireContainer(request)
  const [prefix, marker] = [query.get('prefix') ?? '', decodeMarker(request, 'marker')]
  const delimiter = query.get('delimiter') ?? ''
  const include = new Set(query.get('include')?.split(','))
  if (!['', '/'].includes(delimiter)) throw invalidQuery('delimiter', '/, as on every hierarchical namespace')
  const count = pageSize(request)
  const wanted = { fileSystem, prefix, after: marker, count: count + 1 }
  const found =
    delimiter === ''
      ? store.paths.page(wanted)
      : store.paths.childrenPage(wanted, prefix.slice(0, Math.max(prefix.lastIndexOf('/'), 0)))
  const page = found.slice(0, count)
  const entries = page.map((record) =>
    delimiter !== '' && record.isDirectory
      ? element('BlobPrefix', textElement('Name', `${record.path}/`))
      : blobElement(record, include.has('metadata'), now),
  )
  return listAnswer(
    request,
    { ContainerName: fileSystem },
    textElement('Prefix', prefix),
    textElement('Marker', query.get('marker') ?? ''),
    textElement('MaxResults', count),
    textElement('Delimiter', delimiter),
    element('Blobs', ...entries),
    textElement('NextMarker', found.length > count ? encodeMarker(page.at(-1)!) : ''),
  )
}

const blobElement = (record: PathRecord, withMetadata: boolean, now: number): string =>
  element(
    'Blob',
    textElement('Name', record.path),
    element(
      'Properties',
      textElement('Creation-Time', new Date(record.createdAt).toUTCString()),
      textElement('Last-Modified', new Date(record.modifiedAt).toUTCString()),
      textElement('Etag', record.etag),
      textElement('ResourceType', record.isDirectory ? 'directory' : 'file'),
      textElement('Content-Length', record.length),
      textElement('Content-Type', record.headers.contentType ?? 'application/octet-stream'),
      textElement('Content-Encoding', record.headers.contentEncoding),
      textElement('Content-Language', record.headers.contentLanguage),
      textElement('Content-MD5', record.headers.contentMd5),
      textElement('Cache-Control', record.headers.cacheControl),
      textElement('Content-Disposition', record.headers.contentDisposition),
      textElement('BlobType', 'BlockBlob'),
      textElement('AccessTier', 'Hot'),
      textElement('AccessTierInferred', 'true'),
      textElement('LeaseStatus', leaseStatus(record.lease, now)),
      textElement('LeaseState', leaseState(record.lease, now)),
      textElement('LeaseDuration', leaseDuration(record.lease, now)),
      textElement('ServerEncrypted', 'true'),
    ),
    withMetadata ? metadataElement({ ...record.metadata, ...(record.isDirectory && { hdi_isfolder: 'true' }) }) : '',
  )

/** `directory`: where to look; with `recursive=true` at any depth. */
export const listPaths = (request: LakeRequest): Answer => {
  const { store, fileSystem, query } = request
  requireFileSystem(request)
  if (query.has('beginfrom')) throw notSupported('list that begins from a path; continue one instead')
  const directory = joinedPath((query.get('directory') ?? '').split('/'))
  if (directory !== '' && store.paths.find(fileSystem, directory)?.isDirectory !== true) throw pathNotFound()
  const count = pageSize(request)
  const wanted = {
    fileSystem,
    prefix: directory === '' ? '' : `${directory}/`,
    after: decodeMarker(request, 'continuation'),
    count: count + 1,
  }
  const found = flagQuery(request, 'recursive') ? store.paths.page(wanted) : store.paths.childrenPage(wanted, directory)
  const page = found.slice(0, count)
  return {
    status: 200,
    headers: {
      'content-type': 'application/json;charset=utf-8',
      'x-ms-continuation': found.length > count ? encodeMarker(page.at(-1)!) : undefined,
    },
    body: JSON.stringify({ paths: page.map(pathEntry) }),
  }
}

const pathEntry = (record: PathRecord) => ({
  contentLength: String(record.length),
  creationTime: fileTime(record.createdAt),
  etag: record.etag,
  group: record.access.group,
  ...(record.isDirectory && { isDirectory: 'true' }),
  lastModified: new Date(record.modifiedAt).toUTCString(),
  name: record.path,
  owner: record.access.owner,
  permissions: permissionsOf(record.access),
})

/** Windows file time: steps of 100 ns since 1601. */
const fileTime = (milliseconds: number): string => String((BigInt(milliseconds) + 11_644_473_600_000n) * 10_000n)

const encodeMarker = ({ path }: PathRecord): string => Buffer.from(path, 'utf8').toString('base64url')

const decodeMarker = ({ query }: LakeRequest, name: 'marker' | 'continuation'): string => {
  const text = query.get(name) ?? ''
  if (!/^[\w-]*$/.test(text)) throw invalidQuery(name, 'what a page before gave')
  return Buffer.from(text, 'base64url').toString('utf8')
}
