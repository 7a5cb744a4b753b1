/** Lease requests, of blobs, paths and containers alike. */
import { requireBlob } from './blobs.ts'
import { requireForWrite } from './conditions.ts'
import { invalidHeader, missingHeader } from './errors.ts'
import { requireContainer } from './file-systems.ts'
import { versionHeaders } from './headers.ts'
import { acquire, breakLease, change, release, renew, type Lease } from './leases.ts'
import { header, numberHeader, type Answer, type LakeRequest } from './request.ts'

/** Leasing does not change the etag. */
export const leaseBlob = (request: LakeRequest): Answer =>
  request.store.change(() => {
    const record = requireBlob(request)
    requireForWrite(request.headers, record)
    const { lease, answer } = act(request, record.lease)
    request.store.paths.update({ ...record, lease })
    return { ...answer, headers: { ...versionHeaders(record), ...answer.headers } }
  })

export const leaseContainer = (request: LakeRequest): Answer =>
  request.store.change(() => {
    const record = requireContainer(request)
    requireForWrite(request.headers, record)
    const { lease, answer } = act(request, record.lease)
    request.store.fileSystems.save({ ...record, lease })
    return { ...answer, headers: { ...versionHeaders(record), ...answer.headers } }
  })

interface Acted {
  readonly lease: Lease | undefined
  readonly answer: Answer
}

const act = (request: LakeRequest, lease: Lease | undefined): Acted => {
  const { now } = request
  const held = (status: number, changed: Lease): Acted => ({
    lease: changed,
    answer: { status, headers: { 'x-ms-lease-id': changed.id } },
  })
  switch (header(request, 'x-ms-lease-action')?.toLowerCase()) {
    case 'acquire':
      return held(201, acquire(lease, proposedId(request), leaseDuration(request), now))
    case 'renew':
      return held(200, renew(lease, givenId(request), now))
    case 'change':
      return held(200, change(lease, givenId(request), requiredProposedId(request), now))
    case 'release':
      return { lease: release(lease, givenId(request)), answer: { status: 200 } }
    case 'break': {
      const broken = breakLease(lease, breakPeriod(request), now)
      const secondsLeft = Math.max(Math.ceil((broken.breaksAt! - now) / 1000), 0)
      return { lease: broken, answer: { status: 202, headers: { 'x-ms-lease-time': secondsLeft } } }
    }
    default:
      throw invalidHeader('x-ms-lease-action', 'acquire, renew, change, release or break')
  }
}

const guid = /^\{?[\da-f]{8}-?([\da-f]{4}-?){3}[\da-f]{12}\}?$/i

const givenId = (request: LakeRequest): string => checkedId(request, 'x-ms-lease-id')

const requiredProposedId = (request: LakeRequest): string => checkedId(request, 'x-ms-proposed-lease-id')

const proposedId = (request: LakeRequest): string =>
  header(request, 'x-ms-proposed-lease-id') === undefined
    ? request.newId()
    : checkedId(request, 'x-ms-proposed-lease-id')

const checkedId = (request: LakeRequest, name: string): string => {
  const id = header(request, name)
  if (id === undefined) throw missingHeader(name)
  if (!guid.test(id)) throw invalidHeader(name, 'a GUID')
  return id.toLowerCase()
}

const leaseDuration = (request: LakeRequest): number => {
  const seconds = numberHeader(request, 'x-ms-lease-duration')
  if (seconds === undefined) throw missingHeader('x-ms-lease-duration')
  if (seconds !== -1 && (seconds < 15 || seconds > 60)) {
    throw invalidHeader('x-ms-lease-duration', '15 to 60 seconds, or -1 for no end')
  }
  return seconds
}

const breakPeriod = (request: LakeRequest): number | undefined => {
  const seconds = numberHeader(request, 'x-ms-lease-break-period')
  if (seconds !== undefined && (seconds < 0 || seconds > 60)) {
    throw invalidHeader('x-ms-lease-break-period', '0 to 60 seconds')
  }
  return seconds
}
