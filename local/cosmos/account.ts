/** The account: every database with its items, and what a request has to pass before it reaches them. */
import type { IncomingHttpHeaders } from 'node:http'
import { authenticate } from './auth.ts'
import { badRequest, CosmosError, failureCharge, tooManyRequests } from './errors.ts'
import { throughputOf } from './offers.ts'
import { isTrue, type Answer, type ContainerRequest, type CosmosRequest } from './request.ts'
import { findRoute, type Route } from './routes.ts'
import { sessionToken } from './session-token.ts'
import { Catalog, type ContainerRecord } from './store/catalog.ts'
import { Database } from './store/database.ts'
import { Throughput } from './throughput.ts'

export interface AccountOptions {
  readonly directory: string
  /** Base64. */
  readonly key: string
  /** RU/s a container; undefined: as many as it takes. */
  readonly throughput: number | undefined
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** What came over the wire. */
export interface WireRequest {
  readonly method: string
  /** The address without host, as sent. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

const throttledRetryMs = 10
const offeredThroughput = 400

export class Account {
  readonly #options: AccountOptions
  readonly #key: Buffer
  readonly #database: Database
  readonly #catalog: Catalog
  readonly #buckets = new Map<string, Throughput>()
  #throttled = 0

  constructor(options: AccountOptions) {
    this.#options = options
    this.#key = Buffer.from(options.key, 'base64')
    this.#database = new Database(options.directory)
    this.#catalog = new Catalog(this.#database)
  }

  throttleNext(count: number): void {
    this.#throttled = count
  }

  close(): void {
    this.#database.close()
  }

  /** Never throws for anything that a client can cause. */
  answer(wire: WireRequest): Answer {
    const session: { container?: ContainerRecord } = {}
    let answer: Answer
    try {
      answer = this.#answer(wire, session)
    } catch (error) {
      answer = errorAnswer(error)
    }
    return session.container === undefined ? answer : this.#withSession(answer, session.container)
  }

  #answer(wire: WireRequest, session: { container?: ContainerRecord }): Answer {
    const now = this.#options.now()
    const path = pathOf(wire.url)
    authenticate(wire.method, path, wire.headers, this.#key, now)
    const route = findRoute(wire.method, path)
    const request: CosmosRequest = {
      ...{ method: wire.method, path, headers: wire.headers, body: wire.body },
      ...{ catalog: this.#catalog, database: this.#database, now: Math.floor(now / 1000), clock: now },
      endpoint: `http://${wire.headers.host ?? ''}/`,
      throughput: this.#options.throughput ?? offeredThroughput,
    }
    if (route.of === 'account') return route.handle(request)
    const ownerMissing = route.of === 'container' ? 0 : 1003
    const container = this.#catalog.container(path[1] ?? '', path[3] ?? '', ownerMissing)
    session.container = container
    const byRid = path[3] === container.rid && container.id !== container.rid
    return route.of === 'items'
      ? this.#metered({ ...request, container, byRid }, route)
      : route.handle({ ...request, container, byRid })
  }

  /** Query plans are made by the gateway and cost the container nothing. */
  #metered(request: ContainerRequest, route: Exclude<Route, { of: 'account' }>): Answer {
    if (isTrue(request, 'x-ms-cosmos-is-query-plan-request')) return route.handle(request)
    if (this.#throttled > 0) {
      this.#throttled -= 1
      throw tooManyRequests(throttledRetryMs)
    }
    const bucket = this.#bucket(request.container)
    const waitMs = bucket?.waitMs(this.#options.now()) ?? 0
    if (waitMs > 0) throw tooManyRequests(waitMs)
    const answer = route.handle(request)
    bucket?.charge(answer.charge)
    return answer
  }

  #bucket(container: ContainerRecord): Throughput | undefined {
    const { throughput, now } = this.#options
    if (throughput === undefined) return undefined
    let bucket = this.#buckets.get(container.rid)
    if (bucket === undefined) this.#buckets.set(container.rid, (bucket = new Throughput(now())))
    bucket.setRate(throughputOf(this.#catalog, container) ?? throughput)
    return bucket
  }

  /** The session token names the container's last transaction; one server has no older copies to read. */
  #withSession(answer: Answer, container: ContainerRecord): Answer {
    const lsn = this.#catalog.lsn(container)
    return {
      ...answer,
      headers: {
        ...answer.headers,
        'x-ms-session-token': sessionToken(lsn),
        lsn: String(lsn),
        'x-ms-alt-content-path': encodeURI(`dbs/${container.database.id}/colls/${container.id}`),
        'x-ms-content-path': container.rid,
      },
    }
  }
}

/** Addresses have no query string, so a ? belongs to an id. */
const pathOf = (url: string): readonly string[] => {
  try {
    return url
      .split('/')
      .filter((step) => step !== '')
      .map(decodeURIComponent)
  } catch {
    throw badRequest('The address is not encoded correctly.')
  }
}

const errorAnswer = (error: unknown): Answer => {
  // The stack overflows only where a query or its parameters nest without end.
  if (error instanceof RangeError) return errorAnswer(badRequest('The request nests too deeply.'))
  if (!(error instanceof CosmosError)) {
    const message = `A defect of the local Cosmos DB: ${error instanceof Error ? error.message : String(error)}`
    return { status: 500, body: JSON.stringify({ code: 'InternalServerError', message }), charge: 0 }
  }
  const { status, code, message, subStatus, retryAfterMs, additionalErrorInfo } = error
  return {
    status,
    body: JSON.stringify({ code, message, ...(additionalErrorInfo !== undefined && { additionalErrorInfo }) }),
    headers: {
      ...(subStatus !== undefined && { 'x-ms-substatus': String(subStatus) }),
      ...(retryAfterMs !== undefined && { 'x-ms-retry-after-ms': String(retryAfterMs) }),
    },
    charge: status === 429 ? 0 : failureCharge,
  }
}
