import type { CosmosDBHandler } from '@azure/functions'
import type { App } from '../shared/compose.ts'
import type { StateDocument } from '../shared/contracts/state-documents.ts'

const kinds = new Set<unknown>(['slab', 'outbox'] satisfies StateDocument['kind'][])

/** The change feed of the state container, for all streams at once. */
export const publish =
  (app: App): CosmosDBHandler =>
  async (documents) => {
    const changed = documents.filter(isPublishable)
    for (const stream of app.streams) {
      const prefix = `${stream.name}:${stream.generation}:`
      await stream.publish(changed.filter(({ shard }) => shard.startsWith(prefix)))
    }
  }

const isPublishable = (document: unknown): document is StateDocument =>
  typeof document === 'object' &&
  document !== null &&
  'kind' in document &&
  kinds.has(document.kind) &&
  'shard' in document &&
  typeof document.shard === 'string'
