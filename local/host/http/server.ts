/** The host's HTTP side: functions with an http trigger, and the admin endpoints. Loopback only, hence without keys. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { InvocationResult, Invocation } from '../invoke.ts'
import type { RegisteredFunction } from '../registry.ts'
import { matchRoute, type Route } from './routes.ts'
import { rpcRequest, writeAnswer } from './rpc-http.ts'

export interface HttpContext {
  readonly routes: readonly Route[]
  readonly functions: ReadonlyMap<string, RegisteredFunction>
  readonly hostVersion: string
  readonly invoke: (fn: RegisteredFunction, invocation: Invocation) => Promise<InvocationResult>
  /** Runs a function that is not an http one by hand; undefined where it cannot be. */
  readonly runByHand: (fn: RegisteredFunction, input: string | undefined) => Promise<InvocationResult> | undefined
}

const host = '127.0.0.1'
/** What Azure Functions Core Tools allow. */
const maxBodyBytes = 100 * 1_024 * 1_024

export const startHttp = (port: number, context: HttpContext): Promise<{ server: Server; port: number }> =>
  new Promise((resolve, reject) => {
    const server = createServer((request, response) => {
      // A host that is closing waits for its connections: none may idle on.
      response.once('close', () => {
        if (!server.listening) setImmediate(() => server.closeIdleConnections())
      })
      answer(request, response, context).catch((error: unknown) => {
        if (!response.headersSent) sendJson(response, 500, { error: error instanceof Error ? error.message : 'failed' })
        else response.destroy()
      })
    })
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EADDRINUSE' ? 'the port is taken; choose another' : cause.message
      reject(new Error(`The Functions host cannot listen on ${host}:${port}: ${reason}.`, { cause }))
    })
    server.listen(port, host, () => {
      resolve({ server, port: (server.address() as AddressInfo).port })
    })
  })

const answer = async (request: IncomingMessage, response: ServerResponse, context: HttpContext): Promise<void> => {
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? host}`)
  const body = await readBody(request)
  if (body === undefined) {
    response.writeHead(413).end()
    return
  }
  if (url.pathname.startsWith('/admin/'))
    return answerAdmin(request.method ?? 'GET', url.pathname, body, response, context)
  const match = matchRoute(context.routes, request.method ?? 'GET', url.pathname)
  if (match.kind === 'none') {
    response.writeHead(404).end()
    return
  }
  const result = await context.invoke(match.fn, { data: { http: rpcRequest(request, url, match.params, body) } })
  if (result.kind === 'failure') response.writeHead(500).end()
  else writeAnswer(response, result.returnValue)
}

const answerAdmin = async (
  method: string,
  path: string,
  body: Buffer,
  response: ServerResponse,
  { functions, hostVersion, runByHand }: HttpContext,
): Promise<void> => {
  const [, , area, name] = path.split('/')
  if (method === 'GET' && area === 'host') {
    if (name === 'ping') return sendJson(response, 200, {})
    if (name === 'status')
      return sendJson(response, 200, {
        id: 'millrace-local',
        state: 'Running',
        version: hostVersion,
        processUptime: Math.round(process.uptime() * 1_000),
      })
  }
  if (area !== 'functions') return sendJson(response, 404, {})
  if (method === 'GET' && name === undefined) {
    return sendJson(
      response,
      200,
      [...functions.values()].map((fn) => describe(fn)),
    )
  }
  const fn = [...functions.values()].find((candidate) => candidate.name.toLowerCase() === name?.toLowerCase())
  if (fn === undefined) return sendJson(response, 404, {})
  if (method === 'GET') return sendJson(response, 200, describe(fn))
  if (method !== 'POST') return sendJson(response, 405, {})
  const input = readInput(body)
  if (input === 'invalid')
    return sendJson(response, 400, { error: 'input: expected a JSON object such as {"input":"text"}' })
  const run = runByHand(fn, input)
  if (run === undefined) return sendJson(response, 400, { error: `${fn.name} cannot be run by hand.` })
  // Accepted, not done: as in Azure, the caller does not wait for the function.
  sendJson(response, 202, {})
  await run
}

const describe = (fn: RegisteredFunction) => ({
  name: fn.name,
  isDisabled: false,
  config: { bindings: Object.entries(fn.bindings).map(([name, binding]) => ({ ...binding, name })) },
})

const readInput = (body: Buffer): string | undefined | 'invalid' => {
  if (body.length === 0) return undefined
  try {
    const { input } = JSON.parse(body.toString('utf8')) as { input?: unknown }
    return input === undefined || typeof input === 'string' ? input : JSON.stringify(input)
  } catch {
    return 'invalid'
  }
}

const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    size += (part as Buffer).length
    if (size > maxBodyBytes) return undefined
    parts.push(part as Buffer)
  }
  return Buffer.concat(parts)
}

const sendJson = (response: ServerResponse, status: number, value: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
