/** Blocks: staged one by one, then committed as a blob. */
import { requireBlob, requireWritable } from './blobs.ts'
import { invalidQuery, LakeError } from './errors.ts'
import { requireContainer } from './file-systems.ts'
import { readContentHeaders, versionHeaders } from './headers.ts'
import { requireGivenLease, requireLease } from './leases.ts'
import { readText, withContent } from './receive.ts'
import { asOfNow, leaseId, metadataHeaders, type Answer, type LakeRequest } from './request.ts'
import type { Piece } from './store/records.ts'
import { putFile } from './tree.ts'
import { element, textElement, xmlDocument } from './xml.ts'

export const maxBlocks = 50_000
/** Of a block list as XML: as many blocks as there may be, with the longest ids. */
const maxListBytes = maxBlocks * 128

export const putBlock = (request: LakeRequest): Promise<Answer> => {
  const { store, fileSystem, path } = request
  const block = request.query.get('blockid') ?? ''
  const id = Buffer.from(block, 'base64')
  if (id.length === 0 || id.length > 64 || id.toString('base64') !== block) {
    throw invalidQuery('blockid', '1 to 64 bytes in base64')
  }
  requireContainer(request)
  return withContent(request, (current, { content, length, md5 }) => {
    requireContainer(current)
    const existing = store.paths.find(fileSystem, path)
    if (existing?.isDirectory === true) {
      throw new LakeError(409, 'InvalidBlobType', 'The blob type is invalid for this operation: it is a directory.')
    }
    requireLease(existing?.lease, leaseId(current), current.now, 'Blob')
    if (content === undefined) {
      throw new LakeError(400, 'InvalidHeaderValue', 'A block has at least one byte: Content-Length must not be 0.')
    }
    store.pieces.stage(fileSystem, path, { block, content, length }, current.now)
    return { status: 201, headers: { 'content-md5': md5, 'x-ms-request-server-encrypted': 'true' } }
  })
}

export const putBlockList = async (request: LakeRequest): Promise<Answer> => {
  const { store, fileSystem, path } = request
  const [metadata, headers] = [metadataHeaders(request), readContentHeaders(request, 'x-ms-blob-')]
  const wanted = parseBlockList(await readText(request, maxListBytes))
  const current = asOfNow(request)
  const record = store.change(() => {
    const existing = requireWritable(current)
    const committed = existing === undefined ? [] : store.pieces.committed(existing.id)
    const pieces = chosenPieces(wanted, byBlock(committed), byBlock(store.pieces.staged(fileSystem, path)))
    return putFile(current, existing, { metadata, headers }, pieces)
  })
  return { status: 201, headers: { ...versionHeaders(record), 'x-ms-request-server-encrypted': 'true' } }
}

interface Wanted {
  readonly from: 'Latest' | 'Committed' | 'Uncommitted'
  readonly block: string
}

const parseBlockList = (xml: string): readonly Wanted[] => {
  const [, inner] = /^\s*(?:<\?xml[^>]*\?>)?\s*<BlockList\s*>(.*)<\/BlockList>\s*$/s.exec(xml) ?? []
  const isEmpty = /^\s*(?:<\?xml[^>]*\?>)?\s*<BlockList\s*\/>\s*$/.test(xml)
  const entry = /\s*<(Latest|Committed|Uncommitted)>\s*([A-Za-z0-9+/=]*)\s*<\/\1>\s*/g
  if (!isEmpty && (inner === undefined || inner.replace(entry, '').trim() !== '')) {
    throw new LakeError(400, 'InvalidXmlDocument', 'XML specified is not syntactically valid: a BlockList is expected.')
  }
  const wanted = [...(inner ?? '').matchAll(entry)].map(([, from, block]) => ({ from, block }) as Wanted)
  if (wanted.length > maxBlocks) {
    throw new LakeError(400, 'BlockListTooLong', `The block list may not contain more than ${maxBlocks} blocks.`)
  }
  return wanted
}

const byBlock = (pieces: readonly Piece[]): ReadonlyMap<string, Piece> =>
  new Map(pieces.map((piece) => [piece.block, piece]))

const chosenPieces = (
  wanted: readonly Wanted[],
  committed: ReadonlyMap<string, Piece>,
  staged: ReadonlyMap<string, Piece>,
): readonly Piece[] =>
  wanted.map(({ from, block }) => {
    const piece =
      (from === 'Committed' ? undefined : staged.get(block)) ??
      (from === 'Uncommitted' ? undefined : committed.get(block))
    if (piece === undefined) throw new LakeError(400, 'InvalidBlockList', 'The specified block list is invalid.')
    return piece
  })

export const getBlockList = (request: LakeRequest): Answer => {
  const { store, fileSystem, path, query } = request
  const type = query.get('blocklisttype')?.toLowerCase() ?? 'committed'
  if (!['committed', 'uncommitted', 'all'].includes(type)) {
    throw invalidQuery('blocklisttype', 'committed, uncommitted or all')
  }
  requireContainer(request)
  const staged = store.pieces.staged(fileSystem, path)
  // A blob of which nothing is committed yet does not exist, and has a list all the same.
  const record = staged.length > 0 ? store.paths.find(fileSystem, path) : requireBlob(request)
  requireGivenLease(record?.lease, leaseId(request), request.now, 'Blob')
  const committed = record === undefined ? [] : store.pieces.committed(record.id).filter(({ block }) => block !== '')
  return {
    status: 200,
    headers: {
      ...(record && versionHeaders(record)),
      'content-type': 'application/xml',
      'x-ms-blob-content-length': record?.length ?? 0,
    },
    body: xmlDocument(
      element(
        'BlockList',
        type === 'uncommitted' ? '' : blocksElement('CommittedBlocks', committed),
        type === 'committed' ? '' : blocksElement('UncommittedBlocks', staged),
      ),
    ),
  }
}

const blocksElement = (name: string, blocks: readonly Piece[]): string =>
  element(
    name,
    ...blocks.map(({ block, length }) => element('Block', textElement('Name', block), textElement('Size', length))),
  )
