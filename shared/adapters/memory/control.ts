import type { ControlDocument } from '../../contracts/control-documents.ts'
import type { Control, ControlKind, ControlOf } from '../../ports/control.ts'
import type { Fenced } from '../../ports/shard-state.ts'
import { noFaults, underFault, type Faults } from './faults.ts'

export const memoryControl = (options: { readonly faults?: Faults } = {}): Control => {
  const { faults = noFaults } = options
  // As text, so that nothing is shared between what was stored and what was read.
  const stored = new Map<string, { json: string; etag: string }>()
  let writes = 0
  const read = <K extends ControlKind>(stream: string, kind: K, id: string): Fenced<ControlOf<K>> | undefined => {
    const found = stored.get(`${stream}/${id}`)
    if (found === undefined) return undefined
    const value = JSON.parse(found.json) as ControlDocument
    return isOf(kind, value) ? { value, etag: found.etag } : undefined
  }
  return {
    read: (stream, kind, id) => underFault(faults, 'control.read', () => read(stream, kind, id)),
    list: (stream, kind) =>
      underFault(faults, 'control.list', () =>
        [...stored.values()]
          .map(({ json }) => JSON.parse(json) as ControlDocument)
          .filter((document) => document.stream === stream)
          .filter((document) => isOf(kind, document))
          .sort((a, b) => (a.id < b.id ? -1 : 1)),
      ),
    write: (document, etag) =>
      underFault(faults, 'control.write', () => {
        const key = `${document.stream}/${document.id}`
        if (stored.get(key)?.etag !== etag) return 'conflict'
        writes += 1
        stored.set(key, { json: JSON.stringify(document), etag: String(writes) })
        return 'written'
      }),
  }
}

const isOf = <K extends ControlKind>(kind: K, document: ControlDocument): document is ControlOf<K> =>
  document.kind === kind
