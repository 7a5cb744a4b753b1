/** The admin endpoints: is the host up, which functions are there, run one by hand, drain. */
import type { ServerResponse } from 'node:http'
import type { InvocationResult } from '../invoke.ts'
import type { RegisteredFunction } from '../registry.ts'

export interface AdminContext {
  readonly functions: readonly RegisteredFunction[]
  readonly hostVersion: string
  /** Runs a function that is not an http one by hand; undefined where it cannot be. */
  readonly runByHand: (fn: RegisteredFunction, input: string | undefined) => Promise<InvocationResult> | undefined
  readonly drain: () => void
  readonly drainState: () => DrainState
}

export type DrainState = 'Disabled' | 'InProgress' | 'Completed'

export const answerAdmin = async (
  method: string,
  path: string,
  body: Buffer,
  response: ServerResponse,
  context: AdminContext,
): Promise<void> => {
  const [, , area, ...rest] = path.toLowerCase().split('/')
  if (area === 'host') return answerHost(`${method} ${rest.join('/')}`, response, context)
  if (area !== 'functions' || rest.length > 2) return sendJson(response, 404, {})
  const [name, view] = rest
  if (name === undefined) {
    return method === 'GET' ? sendJson(response, 200, context.functions.map(describe)) : sendJson(response, 405, {})
  }
  const fn = context.functions.find((candidate) => candidate.name.toLowerCase() === name)
  if (fn === undefined) return sendJson(response, 404, {})
  if (view === 'status') return sendJson(response, 200, {})
  if (view !== undefined) return sendJson(response, 404, {})
  if (method === 'GET') return sendJson(response, 200, describe(fn))
  if (method !== 'POST') return sendJson(response, 405, {})
  const input = readInput(body)
  if (input === 'invalid') {
    return sendJson(response, 400, { error: 'input: expected a JSON object such as {"input":"text"}' })
  }
  const run = context.runByHand(fn, input)
  if (run === undefined) return sendJson(response, 400, { error: `${fn.name} cannot be run by hand.` })
  // Accepted, not done: as in Azure, the caller does not wait for the function.
  sendJson(response, 202, {})
  await run
}

const answerHost = (call: string, response: ServerResponse, context: AdminContext): void => {
  switch (call) {
    case 'GET ping':
    case 'POST ping':
      return sendJson(response, 200, {})
    case 'GET status':
      return sendJson(response, 200, {
        id: 'millrace-local',
        state: 'Running',
        version: context.hostVersion,
        processUptime: Math.round(process.uptime() * 1_000),
      })
    case 'POST drain':
      context.drain()
      return sendJson(response, 202, {})
    case 'GET drain/status':
      return sendJson(response, 200, { state: context.drainState() })
    default:
      return sendJson(response, 404, {})
  }
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

const sendJson = (response: ServerResponse, status: number, value: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
