import type { Container } from '@azure/cosmos'
import type { ControlDocument } from '../../contracts/control-documents.ts'
import type { Control, ControlKind, ControlOf } from '../../ports/control.ts'
import { readItem } from './read-item.ts'
import { statusOf, translated } from './translate-errors.ts'

/** The `control` container of Cosmos DB, partitioned by stream. */
export const azureControl = (container: Container): Control => ({
  read: (stream, kind, id) =>
    translated(`Reading ${id} of ${stream}`, async () => {
      const { document } = await readItem<ControlDocument>(container, id, stream)
      if (document === undefined || !isOf(kind, document.value)) return undefined
      return { value: document.value, etag: document.etag }
    }),

  list: <K extends ControlKind>(stream: string, kind: K) =>
    translated(`Listing the ${kind} documents of ${stream}`, async () => {
      const spec = {
        query: 'SELECT * FROM c WHERE c.kind = @kind',
        parameters: [{ name: '@kind', value: kind }],
      }
      const { resources } = await container.items
        .query<ControlOf<K>>(spec, { partitionKey: stream, maxItemCount: -1 })
        .fetchAll()
      return resources.sort((a, b) => (a.id < b.id ? -1 : 1))
    }),

  write: (document, etag) =>
    translated(`Writing ${document.id} of ${document.stream}`, async () => {
      try {
        if (etag === undefined) await container.items.create(document)
        else {
          const accessCondition = { type: 'IfMatch', condition: etag }
          await container.item(document.id, document.stream).replace(document, { accessCondition })
        }
        return 'written'
      } catch (error) {
        const status = statusOf(error)
        if (status === 409 || status === 412 || status === 404) return 'conflict'
        throw error
      }
    }),
})

const isOf = <K extends ControlKind>(kind: K, document: ControlDocument): document is ControlOf<K> =>
  document.kind === kind
