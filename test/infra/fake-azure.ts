/** A server that answers as a test says, and remembers what it was asked. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import { createAzureRest, type AzureRest } from '../../infra/hooks/azure-rest.ts'
import type { Endpoints } from '../../infra/hooks/endpoints.ts'

export interface Call {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

export interface FakeAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface FakeAzure {
  readonly url: string
  readonly calls: Call[]
  /** Milliseconds that were waited for; nobody really waits. */
  readonly waits: number[]
  readonly log: string[]
  readonly rest: AzureRest
  readonly endpoints: Endpoints
  readonly wait: (ms: number) => Promise<void>
}

/** `answer` is asked with each call and how many times the same one has come before. */
export const startFakeAzure = async (
  answer: (call: Call, before: number, url: string) => FakeAnswer,
): Promise<FakeAzure> => {
  const calls: Call[] = []
  const waits: number[] = []
  const log: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request
      const call = { method, path, headers, text: Buffer.concat(chunks).toString() }
      const before = calls.filter((one) => one.method === method && one.path === path).length
      calls.push(call)
      const { status, headers: given = {}, body } = answer(call, before, url)
      response.writeHead(status, { 'content-type': 'application/json', ...given })
      response.end(body === undefined ? undefined : JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const wait = async (ms: number): Promise<void> => {
    waits.push(ms)
    await Promise.resolve()
  }
  const rest = createAzureRest({
    token: (scope) => Promise.resolve(`token for ${scope}`),
    wait,
    log: (line) => log.push(line),
  })
  const endpoints = { management: url, synapse: () => `${url}/synapse`, lake: () => `${url}/lake` }
  return { url, calls, waits, log, rest, endpoints, wait }
}
