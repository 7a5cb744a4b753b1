/** HTTP requests and answers in the shapes that cross to a Node function (FunctionRpc.proto, RpcHttp). */
import type { IncomingMessage, ServerResponse } from 'node:http'

interface RpcCookie {
  readonly name: string
  readonly value: string
  readonly domain?: { readonly value: string }
  readonly path?: { readonly value: string }
  readonly expires?: { readonly value: { readonly seconds: number } }
  readonly secure?: { readonly value: boolean }
  readonly httpOnly?: { readonly value: boolean }
  readonly sameSite: string
  readonly maxAge?: { readonly value: number }
}

interface RpcAnswer {
  readonly statusCode?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: readonly RpcCookie[]
  readonly body?: { readonly bytes?: Uint8Array; readonly string?: string; readonly json?: string }
}

export const rpcRequest = (
  request: IncomingMessage,
  url: URL,
  params: Readonly<Record<string, string>>,
  body: Buffer,
): object => ({
  url: url.href,
  method: request.method ?? 'GET',
  nullableHeaders: nullable(headersOf(request)),
  nullableQuery: nullable(queryOf(url)),
  nullableParams: nullable(params),
  ...(body.length === 0 ? {} : { body: { bytes: body } }),
})

/** By lower-case name. */
export const headersOf = (request: IncomingMessage): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  )

/** A name that stands there several times has all its values in one, separated by commas: so .NET writes them. */
export const queryOf = (url: URL): Readonly<Record<string, string>> =>
  Object.fromEntries([...url.searchParams.keys()].map((name) => [name, url.searchParams.getAll(name).join(',')]))

const nullable = (values: Readonly<Record<string, string>>): object =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]))

/** Writes a function's answer; a function that returned nothing answers 204. */
export const writeAnswer = (response: ServerResponse, returnValue: unknown): void => {
  const answer = (returnValue as { readonly http?: RpcAnswer } | undefined)?.http
  if (answer === undefined) {
    response.writeHead(204).end()
    return
  }
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value)
  if (answer.cookies !== undefined && answer.cookies.length > 0)
    response.setHeader('set-cookie', answer.cookies.map(cookieText))
  response.writeHead(Number(answer.statusCode ?? 200))
  response.end(bodyOf(answer))
}

const bodyOf = ({ body }: RpcAnswer): string | Uint8Array => body?.bytes ?? body?.string ?? body?.json ?? ''

const cookieText = (cookie: RpcCookie): string =>
  [
    `${encodeURIComponent(cookie.name)}=${encodeURIComponent(cookie.value)}`,
    cookie.domain && `Domain=${cookie.domain.value}`,
    `Path=${cookie.path?.value ?? '/'}`,
    cookie.expires && `Expires=${new Date(cookie.expires.value.seconds * 1_000).toUTCString()}`,
    cookie.maxAge && `Max-Age=${cookie.maxAge.value}`,
    cookie.secure?.value && 'Secure',
    cookie.httpOnly?.value && 'HttpOnly',
    // `none` means that the function left it open.
    cookie.sameSite !== 'none' && `SameSite=${cookie.sameSite === 'explicitNone' ? 'None' : cookie.sameSite}`,
  ]
    .filter((part) => typeof part === 'string')
    .join('; ')
