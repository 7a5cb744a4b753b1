import type { ReferenceRecord, ReferenceVersionDocument } from '../../contracts/reference-documents.ts'
import { TerminalError } from '../../errors.ts'
import type { Reference } from '../../ports/reference.ts'
import { noFaults, underFault, type Faults } from './faults.ts'

export const memoryReference = (options: { readonly faults?: Faults } = {}): Reference => {
  const { faults = noFaults } = options
  const versions = new Map<string, ReferenceVersionDocument>()
  const parts = new Map<string, string>()
  return {
    newest: (kind) =>
      underFault(faults, 'reference.newest', () =>
        [...versions.values()].filter((version) => version.kind === kind).at(-1),
      ),
    load: (kind, version) =>
      underFault(faults, 'reference.load', () => {
        const head = versions.get(`${kind}@${version}`)
        if (head === undefined) throw new TerminalError(`Version ${version} of ${kind} does not exist.`)
        const items = Array.from(
          { length: head.parts },
          (_, part) => JSON.parse(parts.get(`${kind}/${head.hash}:${part}`)!) as ReferenceRecord[],
        )
        return new Map(items.flat().map((record) => [record.id, record]))
      }),
    putPart: (kind, hash, part, items) =>
      underFault(faults, 'reference.putPart', () => {
        parts.set(`${kind}/${hash}:${part}`, JSON.stringify(items))
      }),
    createVersion: (version) =>
      underFault(faults, 'reference.createVersion', () => {
        const key = `${version.kind}@${version.version}`
        if (versions.has(key)) return 'conflict'
        versions.set(key, { ...version })
        return 'created'
      }),
  }
}
