/** Hosts of the durable fixture on a task hub of their own, and what the tests ask of them. */
import { join } from 'node:path'
import type { HostOptions } from '../../../local/host/host.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { eventually, startTestHost, type TestHost } from './support.ts'

export interface Status {
  readonly name: string
  readonly instanceId: string
  readonly runtimeStatus: string
  readonly input: unknown
  readonly customStatus: unknown
  readonly output: unknown
  readonly createdTime: string
  readonly lastUpdatedTime: string
  readonly historyEvents?: readonly Readonly<Record<string, unknown>>[]
}

export interface DurableHost extends TestHost {
  /** Calls the management API. */
  readonly manage: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Response>
  /** Calls the fixture's HTTP function of that name, which calls the durable client; answers what that gave. */
  readonly ask: <T>(path: string, body?: unknown) => Promise<T>
  /** Starts an orchestration; answers its id. */
  readonly begin: (name: string, input?: unknown, id?: string) => Promise<string>
  readonly status: (id: string) => Promise<Status>
  /** Waits for what it ends with. */
  readonly ended: (id: string) => Promise<Status>
  /** Waits until it is such. */
  readonly reached: (id: string, what: string, isReached: (status: Status) => boolean) => Promise<Status>
  /** Starts an orchestration and waits for its output. Rejects where it does not complete. */
  readonly output: (name: string, input?: unknown, id?: string) => Promise<unknown>
  readonly raise: (id: string, event: string, data?: unknown) => Promise<void>
}

export const webhooks = '/runtime/webhooks/durabletask'

const finished: ReadonlySet<string> = new Set(['Completed', 'Failed', 'Terminated'])

/** A directory for a task hub. */
export const newHub = (): string => join(temporaryFolder(), 'hub')

export const startDurableHost = async (
  durableDirectory = newHub(),
  settings: HostOptions['settings'] = {},
  more: Partial<HostOptions> = {},
): Promise<DurableHost> => durable(await startTestHost('durable', settings, { durableDirectory, ...more }))

export const durable = (host: TestHost): DurableHost => {
  const json = { 'content-type': 'application/json' }
  const manage: DurableHost['manage'] = (method, path, body, headers = {}) =>
    host.send(method, `${webhooks}${path}`, body === undefined ? undefined : JSON.stringify(body), {
      ...json,
      ...headers,
    })
  const ask = async <T>(path: string, body?: unknown): Promise<T> => {
    const response = await host.send(
      ...([body === undefined ? 'GET' : 'POST', `/api/${path}`] as const),
      ...([body === undefined ? undefined : JSON.stringify(body), json] as const),
    )
    const answer = (await response.json()) as T & { readonly error?: string }
    if (response.status >= 500 && answer.error !== undefined) throw new Error(answer.error)
    return answer
  }
  const status = async (id: string): Promise<Status> => {
    const response = await manage('GET', `/instances/${id}`)
    return response.status === 404 ? missing(id) : ((await response.json()) as Status)
  }
  const begin: DurableHost['begin'] = async (name, input, id) => {
    const response = await manage('POST', `/orchestrators/${name}${id === undefined ? '' : `/${id}`}`, input)
    if (response.status !== 202) throw new Error(`${name} was not started: ${await response.text()}`)
    return ((await response.json()) as { id: string }).id
  }
  const reached: DurableHost['reached'] = (id, what, isReached) => eventually(what, () => status(id), isReached)
  const ended: DurableHost['ended'] = (id) =>
    reached(id, `the end of ${id}`, ({ runtimeStatus }) => finished.has(runtimeStatus))
  const output: DurableHost['output'] = async (name, input, id) => {
    const end = await ended(await begin(name, input, id))
    if (end.runtimeStatus !== 'Completed') throw new Error(`${end.runtimeStatus}: ${String(end.output)}`)
    return end.output
  }
  const raise: DurableHost['raise'] = async (id, event, data = null) => {
    const response = await manage('POST', `/instances/${id}/raiseEvent/${event}`, data)
    if (response.status !== 202) throw new Error(`${event} was not raised: ${response.status}`)
  }
  return { ...host, manage, ask, begin, status, ended, reached, output, raise }
}

/** One that is not there, or not yet. */
const missing = (instanceId: string): Status => ({
  ...{ name: '', instanceId, runtimeStatus: 'missing', input: null, customStatus: null, output: null },
  ...{ createdTime: '', lastUpdatedTime: '' },
})
