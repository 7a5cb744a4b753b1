import { HttpRequest, InvocationContext, type HttpHandler, type HttpResponseInit } from '@azure/functions'
import type { App } from '../../shared/compose.ts'
import { randomName } from '../../shared/adapters/azure/random-name.ts'
import { parseReplayRequest } from '../../shared/core/replay-request.ts'
import { findRollup } from '../../shared/flows/older-rollups.ts'
import { publishChanges } from '../../shared/flows/publish-changes.ts'
import { publishReference } from '../../shared/flows/publish-reference.ts'
import { readRollup } from '../../shared/flows/read-rollup.ts'
import { readStatus } from '../../shared/flows/read-status.ts'
import { streamReplays } from '../../shared/flows/stream-replays.ts'
import { writeAudit } from '../../shared/flows/write-audit.ts'
import type { ingestWorld } from './ingest-world.ts'
import { replayWorld } from './replay-world.ts'

/** The app over a hot path in memory. */
export const appOver = (world: ReturnType<typeof ingestWorld>, failures: string[] = []): App => ({
  streams: [
    {
      name: world.setting.stream.name,
      generation: 'live',
      rollups: world.setting.stream.rollups,
      ingest: world.instance().ingest,
      publish: publishChanges(world.publishing, world.setting),
      advanceFrontier: () => Promise.resolve(),
      sendHeartbeats: () => Promise.resolve(),
      measureLag: () => Promise.resolve(),
      status: () => readStatus(world, world.setting),
      findRollup: (id) => findRollup(world.control, world.setting.stream, id),
      readRollup: (compiled, query) => readRollup(world, world.setting, compiled, query),
      replays: streamReplays({ ...replayWorld(world).ports, ...world, randomName }, world.setting),
    },
  ],
  parseReplay: (body) => parseReplayRequest(body, [world.setting.stream]),
  audit: (action) => writeAudit({ ...world, randomName }, action),
  reference: {
    kinds: new Map([['devices', ['site']]]),
    newest: (kind) => world.reference.newest(kind),
    publish: (kind, records) => publishReference(world, kind, records),
  },
  checkHealth: () => Promise.resolve(failures),
  measurements: () => ({ startedAt: '2026-01-01T00:00:00.000Z', streams: world.meter.read() }),
  close: () => Promise.resolve(),
})

export interface Called {
  readonly query?: string
  readonly params?: Record<string, string>
  readonly method?: 'GET' | 'PUT' | 'POST'
  readonly body?: string
  readonly headers?: Record<string, string>
}

/** Calls a handler as the Functions host would. */
export const callHandler = async (handler: HttpHandler, called: Called = {}): Promise<HttpResponseInit> => {
  const { query = '', params = {}, method = 'GET', body, headers = {} } = called
  const request = new HttpRequest({
    method,
    url: `http://localhost/api/x?${query}`,
    params,
    headers,
    ...(body === undefined ? {} : { body: { string: body } }),
  })
  return await handler(request, new InvocationContext({ logHandler: () => undefined }))
}
