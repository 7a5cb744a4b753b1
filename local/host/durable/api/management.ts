/**
 * The management API of Durable Functions (azure-functions-durable-extension 3, HttpApiHandler): under the webhooks for
 * everybody with the key, and under a path of its own for the app's durable clients.
 */
import { BadRequest } from '../client.ts'
import { notFound, type ManagementAnswer, type ManagementRequest } from './call.ts'
import { answerEntities } from './entities.ts'
import { answerInstances } from './instances.ts'
import { start, type ManagementContext } from './starting.ts'

export const answerManagement = async (
  context: ManagementContext,
  request: ManagementRequest,
): Promise<ManagementAnswer> => {
  const segments = request.path.split('/').filter((segment) => segment !== '')
  try {
    const [area, ...rest] = segments.map((segment) => decodeURIComponent(segment))
    const hub = request.query.get('taskHub')
    if (hub !== null && hub.toLowerCase() !== context.binding.hubName.toLowerCase()) {
      throw new BadRequest(`taskHub: this host has only ${context.binding.hubName}.`)
    }
    if (area === 'orchestrators' && rest.length > 0 && rest.length < 3) return await start(context, request, rest)
    if (area === 'instances') return await answerInstances(context, request, rest)
    if (area === 'entities' && rest.length < 3) return answerEntities(context, request, rest)
    return notFound
  } catch (error) {
    if (error instanceof BadRequest) return { status: 400, body: { Message: error.message } }
    if (error instanceof URIError) return { status: 400, body: { Message: 'The path is not encoded as a URL.' } }
    throw error
  }
}
