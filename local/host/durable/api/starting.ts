/** Starting orchestrations, and waiting for what they end with. */
import { BadRequest, type DurableClient } from '../client.ts'
import { isFinished } from '../episode.ts'
import { jsonText, notFound, secondsOf, valueOf, type ManagementAnswer, type ManagementRequest } from './call.ts'
import { managementUrls, type ClientBindingOptions } from './client-binding.ts'
import { statusBody } from './status-body.ts'

export interface ManagementContext {
  readonly client: DurableClient
  readonly binding: ClientBindingOptions
  /** Waits; ends early where the host ends. */
  readonly pause: (milliseconds: number) => Promise<void>
  readonly isEnding: () => boolean
}

export const start = async (
  context: ManagementContext,
  { method, query, body }: ManagementRequest,
  [name, instanceId]: readonly string[],
): Promise<ManagementAnswer> => {
  if (method !== 'POST') return notFound
  const version = query.get('version')
  const started = context.client.start(name!, {
    input: jsonText(body),
    ...(instanceId === undefined ? {} : { instanceId }),
    ...(version === null ? {} : { version }),
  })
  if (started !== 'running') return followUp(context, query, started.id)
  return { status: 409, body: { Message: `An orchestration with the instance id ${instanceId} is under way already.` } }
}

/** Where the caller wants to wait, the result; otherwise, and where it takes longer, how to ask for it. */
const followUp = async (context: ManagementContext, query: URLSearchParams, id: string): Promise<ManagementAnswer> => {
  const [timeout, interval] = [secondsOf(query, 'timeout'), secondsOf(query, 'pollingInterval')]
  if (timeout !== undefined && interval !== undefined) {
    const deadline = Date.now() + timeout * 1_000
    for (;;) {
      const status = context.client.read(id)
      if (status?.status === 'Completed') return { status: 200, body: valueOf(status.output) }
      if (status !== undefined && isFinished(status.status)) return { status: 200, body: statusBody(status, {}) }
      const left = deadline - Date.now()
      if (left <= 0 || context.isEnding()) break
      await context.pause(Math.min(left, interval * 1_000))
    }
  }
  const { rewindPostUri: _, ...links } = managementUrls(context.binding, id)
  return { status: 202, headers: { location: links['statusQueryGetUri']!, 'retry-after': '10' }, body: links }
}

export const restart = async (
  context: ManagementContext,
  query: URLSearchParams,
  id: string,
): Promise<ManagementAnswer> => {
  const { client } = context
  const before = client.read(id)
  if (before === undefined) throw new BadRequest('InstanceId does not match a valid orchestration instance.')
  const { name, input, version } = before
  const isSame = query.get('restartWithNewInstanceId')?.toLowerCase() === 'false'
  const started = client.start(name, { input, version, ...(isSame ? { instanceId: id } : {}) })
  if (started !== 'running') return followUp(context, query, started.id)
  return { status: 409, body: { Message: 'A non-terminal instance with this instance ID already exists.' } }
}
