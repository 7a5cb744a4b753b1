/**
 * The change feed, latest version: every item that was created or changed, in the order of its last change. A page never
 * splits a transaction, so it can be longer than asked for. Deleted and expired items do not appear.
 */
import { isInRange, keyRangeOf } from './effective-partition-key.ts'
import { badRequest } from './errors.ts'
import { listAnswer } from './feed.ts'
import { encodePartitionKey, requireFullKey } from './partition-key.ts'
import {
  header,
  pageSize,
  partitionKeyHeader,
  requireKnownRange,
  type Answer,
  type ContainerRequest,
} from './request.ts'
import { readCharge } from './ru.ts'

const maxPageBytes = 4 * 1024 * 1024

/** 200 with changes or 304 without; the etag is where the next page starts. */
export const readChangeFeed = (request: ContainerRequest): Answer => {
  const { catalog, container, now } = request
  requireSupported(request)
  requireKnownRange(request)
  const range = keyRangeOf(request)
  const key = partitionKeyHeader(request)
  const pk = key && encodePartitionKey(requireFullKey(key, container.definition.partitionKey.paths))
  const current = catalog.lsn(container)
  const { lsn, since } = startOf(request, current)
  const limit = pageSize(request)
  const texts: string[] = []
  let end = lsn
  let bytes = 0
  let charge = 0
  let complete = true
  for (const item of container.items.changes(lsn, since, pk, now)) {
    if (range !== undefined && !isInRange(item.pk, range)) continue
    if (item.lsn !== end && (texts.length >= limit || bytes >= maxPageBytes)) {
      complete = false
      break
    }
    texts.push(`${item.body.slice(0, -1)},"_lsn":${item.lsn}}`)
    end = item.lsn
    bytes += item.bytes
    charge += readCharge(item.bytes)
  }
  const etag = `"${complete ? current : end}"`
  if (texts.length === 0) return { status: 304, headers: { etag }, charge: readCharge(0) }
  const answer = listAnswer('Documents', container.rid, texts, charge)
  return { ...answer, headers: { ...answer.headers, etag } }
}

/** Where to start: a continuation goes before a time, and neither is the beginning. `*` is now. */
const startOf = (request: ContainerRequest, current: number): { lsn: number; since: number } => {
  const continuation = header(request, 'if-none-match')
  if (continuation === '*') return { lsn: current, since: 0 }
  if (continuation !== undefined) {
    const lsn = /^"?(\d+)"?$/.exec(continuation)?.[1]
    if (lsn === undefined) throw badRequest('If-None-Match of a change feed must be * or the etag of an earlier page.')
    return { lsn: Number(lsn), since: 0 }
  }
  const time = header(request, 'if-modified-since')
  const since = time === undefined ? 0 : Date.parse(time) / 1000
  if (Number.isNaN(since)) throw badRequest('If-Modified-Since is not a date.')
  return { lsn: 0, since }
}

const requireSupported = (request: ContainerRequest): void => {
  if (header(request, 'a-im')?.toLowerCase() !== 'incremental feed') {
    throw badRequest('The local Cosmos DB has the change feed of latest versions only: A-IM must be Incremental Feed.')
  }
}
