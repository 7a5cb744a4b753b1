/** A local Cosmos DB with a client for one test; both end with the test. */
import {
  CosmosClient,
  type Container,
  type ContainerRequest,
  type ErrorResponse,
  type PartitionKey,
} from '@azure/cosmos'
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startCosmos, type CosmosOptions, type RunningCosmos } from '../../../local/cosmos/server.ts'

export interface TestCosmos {
  readonly cosmos: RunningCosmos
  readonly client: CosmosClient
  readonly directory: string
  /** Lets the server's clock run ahead. */
  readonly advance: (seconds: number) => void
  readonly container: (definition?: Partial<ContainerRequest>) => Promise<Container>
}

export const testCosmos = async (t: TestContext, options: Partial<CosmosOptions> = {}): Promise<TestCosmos> => {
  const directory = options.directory ?? (await temporaryDirectory(t))
  let aheadMs = 0
  const cosmos = await startCosmos({ port: 0, directory, ...options }, { now: () => Date.now() + aheadMs })
  const client = clientOf(t, cosmos.connectionString)
  t.after(() => cosmos.close())
  return {
    ...{ cosmos, client, directory },
    advance: (seconds) => {
      aheadMs += seconds * 1000
    },
    container: async (definition = {}) => {
      const { database } = await client.databases.createIfNotExists({ id: 'test' })
      const { container } = await database.containers.create({
        id: `container-${Math.random().toString(36).slice(2)}`,
        partitionKey: { paths: ['/pk'] },
        ...definition,
      })
      return container
    },
  }
}

export const clientOf = (t: TestContext, connectionString: string): CosmosClient => {
  const client = new CosmosClient(connectionString)
  t.after(() => client.dispose())
  return client
}

export const temporaryDirectory = async (t: TestContext): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'local-cosmos-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** Only `windowEnd` and `seenUntil` are indexed. */
export const sparseIndex = {
  indexingPolicy: {
    includedPaths: [{ path: '/windowEnd/?' }, { path: '/seenUntil/?' }],
    excludedPaths: [{ path: '/*' }],
  },
} satisfies Partial<ContainerRequest>

/** The hierarchical key /tenant, /day. */
export const hierarchical = {
  partitionKey: { paths: ['/tenant', '/day'], kind: 'MultiHash', version: 2 },
} as unknown as Partial<ContainerRequest>

/** The item as it stands. */
export const stored = async (
  items: Container,
  id: string,
  partitionKey: PartitionKey | undefined,
): Promise<Record<string, unknown> | undefined> =>
  (await items.item(id, partitionKey).read<Record<string, unknown> & { id: string }>()).resource

/** The answer fails with this status (and sub-status). */
export const rejectsWith = async (answer: Promise<unknown>, code: number, substatus?: number): Promise<void> => {
  await assert.rejects(answer, (error: ErrorResponse) => {
    assert.equal(error.code, code, error.message)
    if (substatus !== undefined) assert.equal(error.substatus, substatus)
    return true
  })
}

/** As above for `items.batch`, which wraps the answer in another error. */
export const batchRejectsWith = async (answer: Promise<unknown>, code: number): Promise<void> => {
  await assert.rejects(answer, (error: Error) => {
    assert.equal((error.cause as ErrorResponse).code, code, error.message)
    return true
  })
}

/** A document whose JSON has exactly this many bytes. */
export const documentOfSize = (bytes: number, properties: Record<string, unknown>): Record<string, unknown> => {
  const empty = JSON.stringify({ ...properties, filler: '' })
  return { ...properties, filler: 'x'.repeat(bytes - empty.length) }
}

export interface WireRequest {
  readonly method?: string
  /** `dbs/test/colls/items/docs`, as it goes into the address. */
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: unknown
  /** What is signed, where it is not what the path says. */
  readonly signed?: { readonly type?: string; readonly link?: string; readonly date?: string }
}

/** A request of a client other than the SDK, signed as the documentation of the REST interface says. */
export const send = async ({ cosmos }: TestCosmos, request: WireRequest): Promise<Response> => {
  const { method = 'GET', path, headers = {}, body, signed = {} } = request
  const steps = path.split('/')
  const ofResource = steps.length % 2 === 0
  const type = signed.type ?? (ofResource ? steps.at(-2) : steps.at(-1)) ?? ''
  const link = signed.link ?? (ofResource ? steps : steps.slice(0, -1)).join('/')
  const date = signed.date ?? new Date().toUTCString()
  return fetch(`${cosmos.endpoint}${path}`, {
    method,
    headers: { 'x-ms-date': date, authorization: signature(cosmos, method, type, link, `${date}\n`), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}

/** `dates`: the lines for x-ms-date and date. */
export const signature = (cosmos: RunningCosmos, method: string, type: string, link: string, dates: string): string => {
  const key = /AccountKey=(.*);$/.exec(cosmos.connectionString)?.[1] ?? ''
  const text = `${method.toLowerCase()}\n${type}\n${link}\n${dates.toLowerCase()}\n`
  const hash = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64')
  return encodeURIComponent(`type=master&ver=1.0&sig=${hash}`)
}
