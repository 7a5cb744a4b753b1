/** Files in the way of the Data Lake interface: append what comes, in any order, then flush it up to a position. */
import { maxBlocks } from './blocks.ts'
import { requireForWrite } from './conditions.ts'
import { invalidHeader, invalidQuery, LakeError, notSupported, pathConflict } from './errors.ts'
import { requireFileSystem } from './file-systems.ts'
import { readContentHeaders, versionHeaders } from './headers.ts'
import { requireLease } from './leases.ts'
import { requirePath } from './paths.ts'
import { withContent } from './receive.ts'
import { flagQuery, header, leaseId, numberQuery, type Answer, type LakeRequest } from './request.ts'
import type { Append } from './store/pieces.ts'
import type { ContentHeaders, PathRecord } from './store/records.ts'
import { touch } from './tree.ts'

/** What was appended is seen by nobody until it is flushed; with `flush=true` that is at once. */
export const append = (request: LakeRequest): Promise<Answer> => {
  const position = requiredPosition(request)
  const isFlushed = flagQuery(request, 'flush')
  refuseLeaseAction(request)
  requireFileSystem(request)
  return withContent(request, (current, { content, length, md5 }) => {
    const file = requireFile(current)
    if (content === undefined) throw invalidHeader('Content-Length', 'greater than 0')
    if (position < file.length) throw invalidPosition()
    current.store.pieces.append(file.id, { position, content, length })
    const flushed = isFlushed ? flushTo(current, file, position + length) : undefined
    return {
      status: 202,
      headers: {
        ...(flushed && versionHeaders(flushed)),
        'content-md5': md5,
        'x-ms-request-server-encrypted': 'true',
      },
    }
  })
}

export const flush = (request: LakeRequest): Answer => {
  const position = requiredPosition(request)
  const isKept = flagQuery(request, 'retainuncommitteddata')
  const headers = readContentHeaders(request, 'x-ms-')
  refuseLeaseAction(request)
  if (Number(request.headers['content-length'] ?? 0) !== 0) throw invalidHeader('Content-Length', '0')
  const record = request.store.change(() => {
    const file = requireFile(request)
    requireForWrite(request.headers, file)
    const flushed = flushTo(request, file, position, headers)
    if (!isKept) request.store.pieces.dropAppends(file.id)
    return flushed
  })
  return {
    status: 200,
    headers: { ...versionHeaders(record), 'content-length': 0, 'x-ms-request-server-encrypted': 'true' },
  }
}

/** Commits appends from the end of the file to `position`; they must reach it without a gap. */
const flushTo = (
  { store, now }: LakeRequest,
  file: PathRecord,
  position: number,
  headers: ContentHeaders = {},
): PathRecord => {
  const chosen = contiguous(store.pieces.appends(file.id), file.length, position)
  const count = store.pieces.add(
    file.id,
    chosen.map(({ content, length }) => ({ block: '', content, length })),
  )
  if (count > maxBlocks) {
    throw new LakeError(
      409,
      'BlockCountExceedsLimit',
      `The committed block count cannot exceed the maximum limit of ${maxBlocks} blocks.`,
    )
  }
  store.pieces.dropAppends(file.id, file.length, position)
  // What was the MD5 of the whole file no longer is.
  const { contentMd5: _, ...others } = file.headers
  const before = chosen.length === 0 ? file.headers : others
  return touch({ store, now }, { ...file, length: position, headers: { ...before, ...headers } })
}

const contiguous = (appends: readonly Append[], from: number, to: number): readonly Append[] => {
  const byPosition = new Map(appends.map((one) => [one.position, one]))
  const chosen: Append[] = []
  let position = from
  while (position < to) {
    const next = byPosition.get(position)
    if (next === undefined) throw invalidPosition()
    chosen.push(next)
    position += next.length
  }
  if (position !== to) throw invalidPosition()
  return chosen
}

const requireFile = (request: LakeRequest): PathRecord => {
  const record = requirePath(request)
  if (record.isDirectory) throw pathConflict()
  requireLease(record.lease, leaseId(request), request.now, 'Blob')
  return record
}

const requiredPosition = (request: LakeRequest): number => {
  const position = numberQuery(request, 'position')
  if (position === undefined) throw invalidQuery('position', 'given')
  return position
}

const refuseLeaseAction = (request: LakeRequest): void => {
  if (header(request, 'x-ms-lease-action') !== undefined) throw notSupported('lease action on append and flush')
}

const invalidPosition = (): LakeError =>
  new LakeError(
    400,
    'InvalidFlushPosition',
    'The uploaded data is not contiguous or the position query parameter value is not equal to the length of the file after appending the uploaded data.',
  )
