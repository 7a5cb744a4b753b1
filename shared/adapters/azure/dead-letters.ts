import type { Container } from '@azure/cosmos'
import type { DeadLetters } from '../../ports/dead-letters.ts'
import { statusOf, translateCosmosError } from './translate-errors.ts'

/** The `deadLetters` container of Cosmos DB, partitioned by stream and day. */
export const azureDeadLetters = (container: Container): DeadLetters => ({
  put: async (letter) => {
    try {
      await container.items.create(letter)
    } catch (error) {
      // Copied already: a letter never changes.
      if (statusOf(error) !== 409) throw translateCosmosError(error, `Storing dead letter ${letter.id}`)
    }
  },
})
