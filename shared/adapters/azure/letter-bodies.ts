import type { ContainerClient } from '@azure/storage-blob'
import type { LetterBodies } from '../../ports/letter-bodies.ts'
import { translateStorageError } from './translate-errors.ts'

/** A container of the lake. One request a body: nobody ever sees half of it. */
export const azureLetterBodies = (container: ContainerClient): LetterBodies => ({
  put: async (name, body) => {
    try {
      await container.getBlockBlobClient(name).upload(Buffer.from(body), body.byteLength)
    } catch (error) {
      throw translateStorageError(error, `Storing the body of dead letter ${name}`)
    }
  },
})
