/** Containers, which the Data Lake interface calls file systems. */
import { requireForRead, requireForWrite } from './conditions.ts'
import {
  containerAlreadyExists,
  containerNotFound,
  fileSystemAlreadyExists,
  fileSystemNotFound,
  type LakeError,
} from './errors.ts'
import { leaseHeaders, metadataHeadersOf, propertiesHeader, versionHeaders } from './headers.ts'
import { leaseState, requireGivenLease, requireLease } from './leases.ts'
import { leaseId, metadataHeaders, metadataProperties, pageSize, type Answer, type LakeRequest } from './request.ts'
import type { FileSystemRecord, Metadata } from './store/records.ts'
import { element, listAnswer, textElement, xmlDocument } from './xml.ts'

/** How the interface that the request uses names things. */
interface Dialect {
  readonly notFound: () => LakeError
  readonly alreadyExists: () => LakeError
  readonly metadata: (request: LakeRequest) => Metadata
}

const blob: Dialect = {
  notFound: containerNotFound,
  alreadyExists: containerAlreadyExists,
  metadata: metadataHeaders,
}
const dataLake: Dialect = {
  notFound: fileSystemNotFound,
  alreadyExists: fileSystemAlreadyExists,
  metadata: metadataProperties,
}

export const createContainer = (request: LakeRequest): Answer => create(request, blob)
export const createFileSystem = (request: LakeRequest): Answer => create(request, dataLake)
export const deleteContainer = (request: LakeRequest): Answer => remove(request, blob)
export const deleteFileSystem = (request: LakeRequest): Answer => remove(request, dataLake)

/** 404 where it does not exist, in words of the blob interface. */
export const requireContainer = ({ store, fileSystem }: LakeRequest): FileSystemRecord => {
  const record = store.fileSystems.find(fileSystem)
  if (record === undefined) throw containerNotFound()
  return record
}

/** The same in words of the Data Lake interface. */
export const requireFileSystem = ({ store, fileSystem }: LakeRequest): FileSystemRecord => {
  const record = store.fileSystems.find(fileSystem)
  if (record === undefined) throw fileSystemNotFound()
  return record
}

const create = (request: LakeRequest, { alreadyExists, metadata }: Dialect): Answer => {
  const { store, fileSystem: name, now } = request
  if (store.fileSystems.find(name) !== undefined) throw alreadyExists()
  const record: FileSystemRecord = {
    ...{ name, etag: store.newEtag(), createdAt: now, modifiedAt: now },
    ...{ metadata: metadata(request), lease: undefined },
  }
  store.change(() => store.fileSystems.save(record))
  return { status: 201, headers: versionHeaders(record) }
}

const remove = (request: LakeRequest, { notFound }: Dialect): Answer => {
  const { store, fileSystem, now } = request
  const record = store.fileSystems.find(fileSystem)
  if (record === undefined) throw notFound()
  requireForWrite(request.headers, record)
  requireLease(record.lease, leaseId(request), now, 'Container')
  store.change(() => store.fileSystems.delete(fileSystem))
  return { status: 202 }
}

export const getContainerProperties = (request: LakeRequest): Answer => {
  const record = requireContainer(request)
  requireGivenLease(record.lease, leaseId(request), request.now, 'Container')
  return {
    status: 200,
    headers: {
      ...versionHeaders(record),
      ...metadataHeadersOf(record.metadata),
      ...leaseHeaders(record.lease, request.now),
      'x-ms-has-immutability-policy': 'false',
      'x-ms-has-legal-hold': 'false',
      'x-ms-default-encryption-scope': '$account-encryption-key',
      'x-ms-deny-encryption-scope-override': 'false',
    },
  }
}

export const getFileSystemProperties = (request: LakeRequest): Answer => {
  const record = requireFileSystem(request)
  return {
    status: 200,
    headers: {
      ...versionHeaders(record),
      'x-ms-properties': propertiesHeader(record.metadata),
      'x-ms-namespace-enabled': 'true',
    },
  }
}

export const setContainerMetadata = (request: LakeRequest): Answer => {
  const { store, now } = request
  const record = requireContainer(request)
  requireForWrite(request.headers, record)
  requireGivenLease(record.lease, leaseId(request), now, 'Container')
  const changed = { ...record, metadata: metadataHeaders(request), etag: store.newEtag(), modifiedAt: now }
  store.change(() => store.fileSystems.save(changed))
  return { status: 200, headers: versionHeaders(changed) }
}

/** Nothing is public and there are no stored policies. */
export const getContainerAcl = (request: LakeRequest): Answer => {
  const record = requireContainer(request)
  requireForRead(request.headers, record)
  return {
    status: 200,
    headers: { ...versionHeaders(record), 'content-type': 'application/xml' },
    body: xmlDocument(element('SignedIdentifiers')),
  }
}

export const listContainers = (request: LakeRequest): Answer => {
  const { store, query } = request
  const [prefix, marker] = [query.get('prefix') ?? '', query.get('marker') ?? '']
  const count = pageSize(request)
  const found = store.fileSystems.page(prefix, marker, count + 1)
  const page = found.slice(0, count)
  const withMetadata = query.get('include')?.split(',').includes('metadata') === true
  return listAnswer(
    request,
    {},
    textElement('Prefix', prefix),
    marker === '' ? '' : textElement('Marker', marker),
    textElement('MaxResults', count),
    element('Containers', page.map((record) => containerElement(record, withMetadata, request.now)).join('')),
    textElement('NextMarker', found.length > count ? page.at(-1)!.name : ''),
  )
}

const containerElement = (record: FileSystemRecord, withMetadata: boolean, now: number): string =>
  element(
    'Container',
    textElement('Name', record.name),
    element(
      'Properties',
      textElement('Last-Modified', new Date(record.modifiedAt).toUTCString()),
      textElement('Etag', `"${record.etag}"`),
      textElement(
        'LeaseStatus',
        ['leased', 'breaking'].includes(leaseState(record.lease, now)) ? 'locked' : 'unlocked',
      ),
      textElement('LeaseState', leaseState(record.lease, now)),
      textElement('HasImmutabilityPolicy', 'false'),
      textElement('HasLegalHold', 'false'),
    ),
    withMetadata ? metadataElement(record.metadata) : '',
  )

export const metadataElement = (metadata: Metadata): string =>
  element('Metadata', ...Object.entries(metadata).map(([name, value]) => textElement(name, value)))
