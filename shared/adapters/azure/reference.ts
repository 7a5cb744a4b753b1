import type { Container } from '@azure/cosmos'
import {
  referenceSchemaVersion,
  type ReferencePartDocument,
  type ReferenceRecord,
  type ReferenceVersionDocument,
} from '../../contracts/reference-documents.ts'
import { TerminalError } from '../../errors.ts'
import type { Reference } from '../../ports/reference.ts'
import { readItem } from './read-item.ts'
import { statusOf, translated } from './translate-errors.ts'

const newestQuery = 'SELECT * FROM c WHERE c.version > 0 ORDER BY c.version DESC OFFSET 0 LIMIT 1'

/** The `reference` container of Cosmos DB, partitioned by kind. */
export const azureReference = (container: Container): Reference => ({
  newest: (kind) =>
    translated(`Looking for the newest ${kind}`, async () => {
      const { resources } = await container.items
        .query<ReferenceVersionDocument>(newestQuery, { partitionKey: kind })
        .fetchAll()
      return resources[0]
    }),

  load: (kind, version) =>
    translated(`Reading ${kind}, version ${version}`, async () => {
      const head = (await readItem<ReferenceVersionDocument>(container, `v${version}`, kind)).document?.value
      if (head === undefined) throw missing(kind, version)
      const records = new Map<string, ReferenceRecord>()
      for (let part = 0; part < head.parts; part += 1) {
        const { document } = await readItem<ReferencePartDocument>(container, `${head.hash}:${part}`, kind)
        if (document === undefined) throw missing(kind, version)
        for (const record of document.value.items) records.set(record.id, record)
      }
      return records
    }),

  putPart: (kind, hash, part, items) =>
    translated(`Storing part ${part} of ${kind}`, async () => {
      const document: ReferencePartDocument = {
        id: `${hash}:${part}`,
        kind,
        schemaVersion: referenceSchemaVersion,
        items,
      }
      await container.items.upsert(document)
    }),

  createVersion: (version) =>
    translated(`Creating version ${version.version} of ${version.kind}`, async () => {
      try {
        await container.items.create(version)
        return 'created'
      } catch (error) {
        if (statusOf(error) === 409) return 'conflict'
        throw error
      }
    }),
})

const missing = (kind: string, version: number): TerminalError =>
  new TerminalError(
    `Version ${version} of the reference data ${kind} is not in the container reference, although shards count by it. ` +
      'Nothing was counted without it. Restore the container.',
  )
