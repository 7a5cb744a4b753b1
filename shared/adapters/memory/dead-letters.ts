import type { DeadLetterDocument } from '../../contracts/state-documents.ts'
import type { DeadLetters } from '../../ports/dead-letters.ts'
import { noFaults, underFault, type Faults } from './faults.ts'

export interface MemoryDeadLetters extends DeadLetters {
  all(): DeadLetterDocument[]
}

export const memoryDeadLetters = (options: { readonly faults?: Faults } = {}): MemoryDeadLetters => {
  const { faults = noFaults } = options
  const letters = new Map<string, string>()
  return {
    all: () => [...letters.values()].map((json) => JSON.parse(json) as DeadLetterDocument),
    put: (letter) =>
      underFault(faults, 'deadLetters.put', () => {
        letters.set(`${letter.stream}/${letter.day}/${letter.id}`, JSON.stringify(letter))
      }),
  }
}
