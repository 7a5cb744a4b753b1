import type { LetterBodies } from '../../ports/letter-bodies.ts'
import { noFaults, underFault, type Faults } from './faults.ts'

export interface MemoryLetterBodies extends LetterBodies {
  readonly stored: ReadonlyMap<string, Uint8Array>
}

export const memoryLetterBodies = (options: { readonly faults?: Faults } = {}): MemoryLetterBodies => {
  const { faults = noFaults } = options
  const stored = new Map<string, Uint8Array>()
  return {
    stored,
    put: (name, body) =>
      underFault(faults, 'letterBodies.put', () => {
        stored.set(name, Uint8Array.from(body))
      }),
  }
}
