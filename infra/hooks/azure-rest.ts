/** JSON over HTTPS as Azure speaks it: long operations, throttling, roles that take minutes to arrive. */
import { RetryableError, TerminalError } from '../../shared/errors.ts'

export interface AzureRestOptions {
  /** A token for a scope such as https://management.azure.com/.default. */
  readonly token: (scope: string) => Promise<string>
  /** Resolves after so many milliseconds. */
  readonly wait: (ms: number) => Promise<void>
  readonly log: (line: string) => void
}

export interface Request {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly url: string
  /** Whom the token is for. Without it none is sent. */
  readonly scope?: string
  /** An object is sent as JSON, bytes as they are. */
  readonly body?: object | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  /** Statuses beside 2xx that are answers, not failures. */
  readonly accept?: readonly number[]
}

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface AzureRest {
  /**
   * Sends, and sees it through: a 202 is polled until it is done; 429, 503 and a 409 that is not accepted are tried again
   * after what Retry-After says; a 403 for five minutes, because a new role takes that long to arrive. Throws a TerminalError
   * for what waiting does not mend, and a RetryableError once patience is at its end.
   */
  send(request: Request): Promise<Answer>
}

const patienceMs = 15 * 60_000
/** https://learn.microsoft.com/azure/role-based-access-control/troubleshooting: changes take up to ten minutes, mostly one. */
const rolePatienceMs = 5 * 60_000
const firstPauseMs = 2_000
const longestPauseMs = 30_000

export const createAzureRest = ({ token, wait, log }: AzureRestOptions): AzureRest => {
  const exchange = async ({ method, url, scope, body, headers }: Request): Promise<Response> => {
    const isBytes = body instanceof Uint8Array
    return fetch(url, {
      method,
      headers: {
        ...(scope === undefined ? {} : { authorization: `Bearer ${await token(scope)}` }),
        ...(body === undefined || isBytes ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isBytes ? Buffer.from(body) : JSON.stringify(body) }),
    })
  }

  /** Sends until the answer is neither a plea for patience nor a refusal that time may mend. */
  const sendPatiently = async (request: Request): Promise<Response> => {
    let waitedMs = 0
    for (let attempt = 0; ; attempt += 1) {
      const response = await exchange(request).catch((error: unknown) => {
        throw unreachable(request.url, error)
      })
      const patience = patienceFor(response.status, request.accept ?? [])
      if (patience === 0 || (await isShutOut(response))) return response
      const pause = pauseOf(response, attempt)
      if (waitedMs + pause > patience) return response
      log(`  ${response.status} from ${new URL(request.url).host}: again in ${Math.ceil(pause / 1000)} s`)
      await response.body?.cancel()
      await wait(pause)
      waitedMs += pause
    }
  }

  const poll = async (request: Request, first: Response): Promise<Response> => {
    const operation = first.headers.get('azure-asyncoperation')
    const url = operation ?? first.headers.get('location')
    if (url === null) return first
    let response = first
    for (let waitedMs = 0; ;) {
      const pause = pauseOf(response, 1)
      await response.body?.cancel()
      if (waitedMs + pause > patienceMs) {
        throw new RetryableError(
          `${request.method} ${pathOf(request.url)} has not ended after 15 minutes. Run the hook again.`,
        )
      }
      await wait(pause)
      waitedMs += pause
      response = await sendPatiently({
        method: 'GET',
        url,
        ...(request.scope === undefined ? {} : { scope: request.scope }),
      })
      if (response.status === 202) continue
      if (operation === null || response.status >= 400) return response
      const { status } = (await response.clone().json()) as { status?: string }
      if (status === undefined || /^(Succeeded|Completed)$/i.test(status)) return response
      if (/^(Failed|Canceled)$/i.test(status)) throw failure(request, response.status, await response.text())
    }
  }

  return {
    send: async (request) => {
      const sent = await sendPatiently(request)
      const response = sent.status === 202 ? await poll(request, sent) : sent
      const text = await response.text()
      if (response.ok || (request.accept ?? []).includes(response.status))
        return { status: response.status, body: parse(text) }
      throw failure(request, response.status, text)
    },
  }
}

const patienceFor = (status: number, accepted: readonly number[]): number => {
  if (accepted.includes(status)) return 0
  if (status === 403) return rolePatienceMs
  return [408, 409, 429, 500, 502, 503, 504].includes(status) ? patienceMs : 0
}

const isShutOut = async (response: Response): Promise<boolean> =>
  response.status === 403 && shutOut.test(await response.clone().text())

/** Refused because of where the request comes from: no role that is still on its way will change that. */
export const shutOut = /ClientIpAddressNotAuthorized|PublicNetworkAccessDenied|Public network access is not allowed/i

const pauseOf = (response: Response, attempt: number): number => {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * 1000 : Math.min(longestPauseMs, firstPauseMs * 2 ** attempt)
}

const parse = (text: string): unknown => {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const pathOf = (url: string): string => new URL(url).pathname

const failure = (request: Request, status: number, text: string): Error => {
  const { error } = (parse(text) ?? {}) as { error?: { code?: string; message?: string } }
  const reason = error === undefined ? '' : `: ${error.code ?? ''} ${error.message ?? ''}`
  const wayOut = shutOut.test(text)
    ? ' Let this address in with azd env set MILLRACE_ALLOWED_IP_ADDRESSES and provision again, or, in private mode, run the hook inside the network.'
    : ''
  return new TerminalError(`${request.method} ${pathOf(request.url)} was answered with ${status}${reason}.${wayOut}`)
}

const unreachable = (url: string, cause: unknown): RetryableError =>
  new RetryableError(
    `${new URL(url).host} cannot be reached from here. In private mode this hook has to run inside the network, or in one ` +
      'peered with it: run it there with azd hooks run, and then azd deploy.',
    { cause },
  )
