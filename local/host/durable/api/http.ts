/** The management API over HTTP. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerManagement } from './management.ts'
import type { ManagementContext } from './starting.ts'

/** `path`: below the API's own. */
export const answerDurable = async (
  request: IncomingMessage,
  response: ServerResponse,
  { url, path, body }: { readonly url: URL; readonly path: string; readonly body: Buffer },
  context: ManagementContext,
): Promise<void> => {
  const answer = await answerManagement(context, {
    ...{ method: request.method ?? 'GET', path, query: url.searchParams, url: url.href },
    contentType: request.headers['content-type'],
    continuationToken: request.headers['x-ms-continuation-token'] as string | undefined,
    body: body.toString('utf8'),
  })
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value)
  if (answer.body === undefined) {
    response.writeHead(answer.status).end()
    return
  }
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.writeHead(answer.status).end(JSON.stringify(answer.body))
}
