/** Every request that the local lake answers. */
import { setAccessControlRecursive } from './access-recursive.ts'
import { append, flush } from './appends.ts'
import {
  copyBlob,
  deleteBlob,
  getBlob,
  getBlobProperties,
  putBlob,
  setBlobMetadata,
  setBlobProperties,
} from './blobs.ts'
import { getBlockList, putBlock, putBlockList } from './blocks.ts'
import { notSupported } from './errors.ts'
import {
  createContainer,
  createFileSystem,
  deleteContainer,
  deleteFileSystem,
  getContainerAcl,
  getContainerProperties,
  getFileSystemProperties,
  listContainers,
  setContainerMetadata,
} from './file-systems.ts'
import { leaseBlob, leaseContainer } from './lease-operations.ts'
import { listBlobs, listPaths } from './lists.ts'
import { createPath, deletePath, getPathProperties, setAccessControl, setPathProperties } from './paths.ts'
import { renamePath } from './rename.ts'
import type { Answer, Incoming, LakeRequest, Target } from './request.ts'
import type { Wanted } from './sas.ts'

type Operation = (request: LakeRequest) => Answer | Promise<Answer>

/** What is done, and what a shared access signature must allow for it. */
export interface Route extends Wanted {
  readonly operation: Operation
}

const accountInformation = (): Answer => ({
  status: 200,
  headers: { 'x-ms-sku-name': 'Standard_LRS', 'x-ms-account-kind': 'StorageV2', 'x-ms-is-hns-enabled': 'true' },
})

/** Where, method, and what tells requests to the same place apart: parameters, and headers in parentheses. */
const routes: readonly (readonly [route: string, operation: Operation, permissions: string])[] = [
  ['account GET comp=list', listContainers, 'l'],
  ['account GET restype=account&comp=properties', accountInformation, 'rwdlacup'],
  ['account HEAD restype=account&comp=properties', accountInformation, 'rwdlacup'],

  ['container PUT restype=container', createContainer, 'cw'],
  ['container GET restype=container', getContainerProperties, 'r'],
  ['container HEAD restype=container', getContainerProperties, 'r'],
  ['container DELETE restype=container', deleteContainer, 'd'],
  ['container PUT restype=container&comp=metadata', setContainerMetadata, 'w'],
  ['container PUT restype=container&comp=lease', leaseContainer, 'w'],
  ['container GET restype=container&comp=acl', getContainerAcl, 'r'],
  ['container GET restype=container&comp=list', listBlobs, 'l'],
  ['container PUT resource=filesystem', createFileSystem, 'cw'],
  ['container HEAD resource=filesystem', getFileSystemProperties, 'r'],
  ['container DELETE resource=filesystem', deleteFileSystem, 'd'],
  ['container GET resource=filesystem', listPaths, 'l'],

  ['path PUT', putBlob, 'w'],
  ['path GET', getBlob, 'r'],
  ['path HEAD', getBlobProperties, 'r'],
  ['path DELETE', deleteBlob, 'd'],
  ['path PUT (x-ms-copy-source)', copyBlob, 'w'],
  ['path PUT comp=metadata', setBlobMetadata, 'w'],
  ['path PUT comp=properties', setBlobProperties, 'w'],
  ['path PUT comp=lease', leaseBlob, 'w'],
  ['path PUT comp=block', putBlock, 'w'],
  ['path PUT comp=blocklist', putBlockList, 'w'],
  ['path GET comp=blocklist', getBlockList, 'r'],
  ['path PUT resource=file', createPath, 'w'],
  ['path PUT resource=directory', createPath, 'w'],
  ['path PUT (x-ms-rename-source)', renamePath, 'mw'],
  ['path DELETE (data lake)', deletePath, 'd'],
  ['path HEAD action=getStatus', getPathProperties, 'er'],
  ['path HEAD action=getAccessControl', getPathProperties, 'er'],
  ['path PATCH action=append', append, 'aw'],
  ['path PATCH action=flush', flush, 'aw'],
  ['path PATCH action=setProperties', setPathProperties, 'w'],
  ['path PATCH action=setAccessControl', setAccessControl, 'pw'],
  ['path PATCH action=setAccessControlRecursive', setAccessControlRecursive, 'pw'],
  ['path POST', leaseBlob, 'w'],
]

const operations = new Map(routes.map(([route, operation, permissions]) => [route, { operation, permissions }]))

/** What the lake has not is answered with 501, by a route like any other: to those alone who may ask. */
export const findRoute = (request: Pick<Incoming, 'method' | 'headers'>, target: Target): Route => {
  const { fileSystem, path, query } = target
  const place = fileSystem === '' ? 'account' : path === '' ? 'container' : 'path'
  const parameters = ['restype', 'comp', 'resource', 'action'].flatMap((name) =>
    query.has(name) ? [`${name}=${query.get(name)!}`] : [],
  )
  const special =
    place === 'path' && request.method === 'DELETE' && isDataLake(request, target)
      ? ['(data lake)']
      : ['x-ms-copy-source', 'x-ms-rename-source'].flatMap((name) =>
          request.headers[name] === undefined ? [] : [`(${name})`],
        )
  const route = [place, request.method, parameters.join('&'), ...special].filter((part) => part !== '').join(' ')
  const found = operations.get(route) ?? { operation: () => refuse(route), permissions: 'rwdlacup' }
  // A signature that only lets create must not overwrite.
  const mayCreate = found.permissions === 'w' && request.headers['if-none-match'] === '*'
  return { ...found, place, permissions: mayCreate ? 'wc' : found.permissions }
}

const refuse = (route: string): never => {
  throw notSupported(`such operation: ${route}`)
}

/** Whether the request is one of the Data Lake interface, which answers in JSON; else of the blob interface, in XML. */
export const isDataLake = (
  { method, headers }: Pick<Incoming, 'method' | 'headers'>,
  query: Pick<Target, 'query'> | undefined,
): boolean =>
  ['PATCH', 'POST'].includes(method) ||
  headers['x-ms-rename-source'] !== undefined ||
  ['resource', 'action', 'recursive', 'paginated'].some((name) => query?.query.has(name) === true)
