/** Renames a file, or a directory with everything in it, in one change: nobody sees both places or neither. */
import { requireForWrite, requireSource } from './conditions.ts'
import { LakeError, pathAlreadyExists, pathConflict } from './errors.ts'
import { requireFileSystem } from './file-systems.ts'
import { versionHeaders } from './headers.ts'
import { requireLease } from './leases.ts'
import { header, leaseId, metadataProperties, readSource, type Answer, type LakeRequest } from './request.ts'
import { parentOf, type PathRecord } from './store/records.ts'
import { hasChildren, remove, touch } from './tree.ts'

export const renamePath = (request: LakeRequest): Answer => {
  const { store, fileSystem, path, now } = request
  const from = readSource(request, 'x-ms-rename-source', request.account)
  const metadata = metadataProperties(request)
  const moved = store.change(() => {
    const source = store.paths.find(from.fileSystem, from.path)
    if (source === undefined) {
      throw new LakeError(404, 'SourcePathNotFound', 'The source path for a rename operation was not found.')
    }
    requireSource(request.headers, source)
    requireLease(source.lease, header(request, 'x-ms-source-lease-id')?.toLowerCase(), now, 'Blob')
    requireFileSystem(request)
    const target = store.paths.find(fileSystem, path)
    requireForWrite(request.headers, target, pathAlreadyExists)
    requireLease(target?.lease, leaseId(request), now, 'Blob')
    if (target?.id === source.id) return source
    requirePlace(request, source, target)
    if (target !== undefined) remove(request, target)
    store.paths.move(source, fileSystem, path)
    const isDescribed = header(request, 'x-ms-properties') !== undefined
    // A lease stays behind: it was on the name.
    return touch(request, {
      ...{ ...source, fileSystem, path, lease: undefined },
      metadata: isDescribed ? metadata : source.metadata,
    })
  })
  return { status: 201, headers: versionHeaders(moved) }
}

const requirePlace = (request: LakeRequest, source: PathRecord, target: PathRecord | undefined): void => {
  const { store, fileSystem, path } = request
  if (source.isDirectory && fileSystem === source.fileSystem && path.startsWith(`${source.path}/`)) {
    throw new LakeError(
      409,
      'InvalidRenameSourcePath',
      'The source directory cannot be the same as the destination directory, nor can the destination be a subdirectory of the source directory.',
    )
  }
  if (target !== undefined) {
    if (target.isDirectory !== source.isDirectory) throw pathConflict()
    if (target.isDirectory && hasChildren(request, target)) throw pathAlreadyExists()
    return
  }
  const parent = parentOf(path)
  if (parent === '') return
  const directory = store.paths.find(fileSystem, parent)
  if (directory === undefined) {
    throw new LakeError(
      404,
      'RenameDestinationParentPathNotFound',
      'The parent directory of the destination path does not exist.',
    )
  }
  if (!directory.isDirectory) throw pathConflict()
}
