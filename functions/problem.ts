import type { HttpHandler, HttpResponseInit } from '@azure/functions'
import type { ParameterProblem, ProblemDetails } from '../shared/contracts/api.ts'
import { RetryableError } from '../shared/errors.ts'

/** RFC 9457 problem details. `parameter`, or each of the `errors`, names what the caller should change. */
export const problem = (
  status: number,
  title: string,
  detail: string,
  more: { parameter?: string; errors?: readonly ParameterProblem[]; headers?: Record<string, string> } = {},
): HttpResponseInit => {
  const body: ProblemDetails = {
    type: 'about:blank',
    title,
    status,
    detail,
    ...(more.parameter === undefined ? {} : { parameter: more.parameter }),
    ...(more.errors === undefined ? {} : { errors: more.errors }),
  }
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...more.headers },
    body: JSON.stringify(body),
  }
}

/** Answers what a handler throws: 503 where trying again may help, else 500. The cause goes to the log, not to the caller. */
export const withProblems =
  (handler: HttpHandler): HttpHandler =>
  async (request, context) => {
    try {
      return await handler(request, context)
    } catch (error) {
      context.error(error)
      if (!(error instanceof RetryableError)) {
        return problem(
          500,
          'Internal error',
          `The request failed; the log names the cause under ${context.invocationId}.`,
        )
      }
      const seconds = String(Math.ceil((error.retryAfterMs ?? 1_000) / 1_000))
      return problem(503, 'Not available now', 'A service behind the API does not answer. Try again.', {
        headers: { 'retry-after': seconds },
      })
    }
  }
