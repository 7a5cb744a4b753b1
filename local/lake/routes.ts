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

export type Operation = (request: LakeRequest) => Answer | Promise<Answer>

const accountInformation = (): Answer => ({
  status: 200,
  headers: { 'x-ms-sku-name': 'Standard_LRS', 'x-ms-account-kind': 'StorageV2', 'x-ms-is-hns-enabled': 'true' },
})

/** Where, method, and what tells requests to the same place apart: parameters, and headers in parentheses. */
const routes: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['account GET comp=list', listContainers],
  ['account GET restype=account&comp=properties', accountInformation],
  ['account HEAD restype=account&comp=properties', accountInformation],

  ['container PUT restype=container', createContainer],
  ['container GET restype=container', getContainerProperties],
  ['container HEAD restype=container', getContainerProperties],
  ['container DELETE restype=container', deleteContainer],
  ['container PUT restype=container&comp=metadata', setContainerMetadata],
  ['container PUT restype=container&comp=lease', leaseContainer],
  ['container GET restype=container&comp=acl', getContainerAcl],
  ['container GET restype=container&comp=list', listBlobs],
  ['container PUT resource=filesystem', createFileSystem],
  ['container HEAD resource=filesystem', getFileSystemProperties],
  ['container DELETE resource=filesystem', deleteFileSystem],
  ['container GET resource=filesystem', listPaths],

  ['path PUT', putBlob],
  ['path GET', getBlob],
  ['path HEAD', getBlobProperties],
  ['path DELETE', deleteBlob],
  ['path PUT (x-ms-copy-source)', copyBlob],
  ['path PUT comp=metadata', setBlobMetadata],
  ['path PUT comp=properties', setBlobProperties],
  ['path PUT comp=lease', leaseBlob],
  ['path PUT comp=block', putBlock],
  ['path PUT comp=blocklist', putBlockList],
  ['path GET comp=blocklist', getBlockList],
  ['path PUT resource=file', createPath],
  ['path PUT resource=directory', createPath],
  ['path PUT (x-ms-rename-source)', renamePath],
  ['path DELETE (data lake)', deletePath],
  ['path HEAD action=getStatus', getPathProperties],
  ['path HEAD action=getAccessControl', getPathProperties],
  ['path PATCH action=append', append],
  ['path PATCH action=flush', flush],
  ['path PATCH action=setProperties', setPathProperties],
  ['path PATCH action=setAccessControl', setAccessControl],
  ['path PATCH action=setAccessControlRecursive', setAccessControlRecursive],
  ['path POST', leaseBlob],
])

/** 501 for what the lake has not. */
export const findOperation = (request: Pick<Incoming, 'method' | 'headers'>, target: Target): Operation => {
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
  const operation = routes.get(route)
  if (operation === undefined) throw notSupported(`such operation: ${route}`)
  return operation
}

/** Whether the request is one of the Data Lake interface, which answers in JSON; else of the blob interface, in XML. */
export const isDataLake = (
  { method, headers }: Pick<Incoming, 'method' | 'headers'>,
  query: Pick<Target, 'query'> | undefined,
): boolean =>
  ['PATCH', 'POST'].includes(method) ||
  headers['x-ms-rename-source'] !== undefined ||
  ['resource', 'action', 'recursive', 'paginated'].some((name) => query?.query.has(name) === true)
