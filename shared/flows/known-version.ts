import { servingSchemaVersion, type ServingDocument } from '../contracts/serving-documents.ts'
import { TerminalError } from '../errors.ts'

/** The document itself, if it is of the version that this app reads. */
export const knownVersion = <T extends ServingDocument>(document: T): T => {
  if (document.schemaVersion === servingSchemaVersion) return document
  throw new TerminalError(
    `Served document ${document.id} of ${document.series} has schemaVersion ${document.schemaVersion}, this version reads ` +
      `${servingSchemaVersion}. Run the version that wrote it, or reset the stream.`,
  )
}
