/** The host's HTTP side: functions with an http trigger, and the admin endpoints. Loopback only. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { InvocationResult, Invocation } from '../invoke.ts'
import type { RegisteredFunction } from '../registry.ts'
import { answerDurable } from '../durable/api/http.ts'
import { durablePathOf, systemKeyName, type Durable } from '../durable/durable.ts'
import { answerAdmin, type AdminContext } from './admin.ts'
import { readBody } from './body.ts'
import { isAllowed, type AccessKeys, type AuthLevel } from './keys.ts'
import { matchRoute, type Route } from './routes.ts'
import { rpcRequest, writeAnswer } from './rpc-http.ts'
import { stream } from './stream.ts'

export interface HttpContext {
  readonly routes: readonly Route[]
  readonly admin: AdminContext
  /** undefined: the app has none of it, or the host is still starting. */
  readonly durable: () => Durable | undefined
  /** undefined: everything is open. */
  readonly keys: AccessKeys | undefined
  /** Where requests are streamed to, if the app has asked for that. */
  readonly streamUri: string | undefined
  readonly invoke: (fn: RegisteredFunction, invocation: Invocation) => Promise<InvocationResult>
}

const host = '127.0.0.1'

export const startHttp = (port: number, context: HttpContext): Promise<{ server: Server; port: number }> =>
  new Promise((resolve, reject) => {
    const server = createServer((request, response) => {
      // A host that is closing waits for its connections: none may idle on.
      response.once('close', () => {
        if (!server.listening) setImmediate(() => server.closeIdleConnections())
      })
      answer(request, response, context).catch(() => {
        if (response.headersSent) response.destroy()
        else end(response, 500)
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
  const url = urlOf(request)
  if (url === undefined) return end(response, 400)
  const { method = 'GET' } = request
  if (url.pathname.toLowerCase().startsWith('/admin/')) {
    if (!isAllowed(context.keys, 'admin', undefined, request, url)) return end(response, 401)
    const body = await readBody(request)
    if (body === undefined) return end(response, 413)
    return answerAdmin(method, url.pathname, body, response, context.admin)
  }
  const durable = context.durable()
  const call = durable && durablePathOf(durable, url.pathname)
  if (durable !== undefined && call !== undefined) {
    if (call.needsKey && !isAllowed(context.keys, 'system', systemKeyName, request, url)) return end(response, 401)
    const body = await readBody(request)
    if (body === undefined) return end(response, 413)
    return answerDurable(request, response, { url, path: call.path, body }, durable.management)
  }
  const match = matchRoute(context.routes, method, url.pathname)
  if (match.kind === 'none') return end(response, 404)
  const { fn, params } = match
  if (!isAllowed(context.keys, levelOf(fn), fn.name, request, url)) return end(response, 401)
  if (context.streamUri !== undefined) {
    const invoke = (invocation: Invocation) => context.invoke(fn, invocation)
    return stream(request, response, { uri: context.streamUri, url, params, invoke })
  }
  const body = await readBody(request)
  if (body === undefined) return end(response, 413)
  const result = await context.invoke(fn, { data: { http: rpcRequest(request, url, params, passedOn(request, body)) } })
  if (result.kind === 'failure') end(response, 500)
  else writeAnswer(response, result.returnValue)
}

const end = (response: ServerResponse, status: number): void => {
  response.writeHead(status).end()
}

const urlOf = (request: IncomingMessage): URL | undefined => {
  const { url = '/' } = request
  const text = `http://${request.headers.host ?? host}${url}`
  return url.startsWith('/') && URL.canParse(text) ? new URL(text) : undefined
}

const levelOf = (fn: RegisteredFunction): AuthLevel => {
  const level = String(fn.trigger['authLevel'] ?? 'function').toLowerCase()
  return level === 'anonymous' || level === 'admin' ? level : 'function'
}

/** Without streaming the real host passes on no body whose length is not told: a chunked upload arrives empty. */
const passedOn = (request: IncomingMessage, body: Buffer): Buffer =>
  request.headers['content-length'] === undefined ? Buffer.alloc(0) : body
