/** Every function of Millrace, in the order in which the data flows. */
import { app as functions, trigger } from '@azure/functions'
import * as durable from 'durable-functions'
import { compose } from '../shared/compose.ts'
import { databaseName } from '../shared/contracts/containers.ts'
import { frontier } from './frontier.ts'
import { heartbeat } from './heartbeat.ts'
import { ingest } from './ingest.ts'
import { putReference, readReference } from './manage/reference.ts'
import { createReplay, decideReplay, listReplays, readReplay } from './manage/replays.ts'
import { measure } from './measure.ts'
import { publish } from './publish.ts'
import { health, rollup, status } from './read-api.ts'
import { replayActivities, replayOrchestration } from './replay.ts'
import { report } from './report.ts'

const app = await compose(process.env)

functions.hook.appTerminate(() => app.close())

/** Endless: both triggers go past a batch whose invocation has failed for good, as if it had been done. */
const untilDone = {
  strategy: 'exponentialBackoff',
  maxRetryCount: -1,
  minimumInterval: { seconds: 1 },
  maximumInterval: { seconds: 30 },
} as const

for (const stream of app.streams) {
  functions.generic(`ingest-${stream.name}`, {
    trigger: trigger.generic({
      type: 'eventHubTrigger',
      connection: 'EventHubConnection',
      eventHubName: stream.name,
      consumerGroup: 'millrace',
      cardinality: 'many',
      // Without it one malformed body fails the whole batch before the handler runs.
      dataType: 'binary',
    }),
    retry: untilDone,
    handler: ingest(stream),
  })
}

functions.timer('heartbeat', { schedule: '*/10 * * * * *', handler: heartbeat(app) })

functions.cosmosDB('publish', {
  connection: 'CosmosConnection',
  databaseName,
  containerName: 'state',
  leaseContainerName: 'leases',
  leaseContainerPrefix: 'publish',
  startFromBeginning: true,
  feedPollDelay: 500,
  maxItemsPerInvocation: 500,
  retry: untilDone,
  handler: publish(app),
})

functions.timer('frontier', { schedule: '*/10 * * * * *', handler: frontier(app) })
functions.timer('report', { schedule: '0 * * * * *', handler: report(app) })

functions.timer('measure', { schedule: '*/30 * * * * *', handler: measure(app) })

functions.http('health', { methods: ['GET'], authLevel: 'anonymous', route: 'health', handler: health(app) })
functions.http('status', { methods: ['GET'], authLevel: 'function', route: 'status', handler: status(app) })
functions.http('rollup', {
  methods: ['GET'],
  authLevel: 'function',
  route: 'streams/{stream}/rollups/{rollup}',
  handler: rollup(app),
})

// Not /api/admin: the Functions host keeps every route that begins with admin to itself.
functions.http('read-reference', {
  methods: ['GET'],
  authLevel: 'admin',
  route: 'manage/reference/{kind}',
  handler: readReference(app),
})
functions.http('put-reference', {
  methods: ['PUT'],
  authLevel: 'admin',
  route: 'manage/reference/{kind}',
  handler: putReference(app),
})

durable.app.orchestration('replay', replayOrchestration)
for (const [name, handler] of Object.entries(replayActivities(app))) durable.app.activity(name, { handler })

functions.http('create-replay', {
  methods: ['POST'],
  authLevel: 'admin',
  route: 'manage/replays',
  extraInputs: [durable.input.durableClient()],
  handler: createReplay(app, async (context, input) => {
    await durable.getClient(context).startNew('replay', { instanceId: input.id, input })
  }),
})
functions.http('list-replays', {
  methods: ['GET'],
  authLevel: 'admin',
  route: 'manage/replays',
  handler: listReplays(app),
})
functions.http('read-replay', {
  methods: ['GET'],
  authLevel: 'admin',
  route: 'manage/replays/{id}',
  handler: readReplay(app),
})
for (const action of ['promote', 'discard', 'cancel'] as const) {
  functions.http(`${action}-replay`, {
    methods: ['POST'],
    authLevel: 'admin',
    route: `manage/replays/{id}/${action}`,
    handler: decideReplay(app, action),
  })
}
