/** The built-in activity behind `callHttp`. */
import type { HttpRequest, HttpResponse } from './protocol.ts'

/** Redirects are not followed. Rejects where there is no answer. */
export const callHttp = async (request: HttpRequest): Promise<HttpResponse> => {
  const { method, uri, headers = {}, content, tokenSource } = request
  if (tokenSource !== undefined && tokenSource !== null) {
    throw new Error(`tokenSource: there is no identity on this machine that could get a token for ${uri}.`)
  }
  try {
    const response = await fetch(uri, {
      ...{ method, headers, redirect: 'manual' },
      ...(content === undefined || content === null ? {} : { body: content }),
    })
    return {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      content: await response.text(),
    }
  } catch (cause) {
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
    throw new Error(`${method} ${uri} was not answered: ${reason instanceof Error ? reason.message : String(reason)}`, {
      cause,
    })
  }
}
