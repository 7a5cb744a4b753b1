/** Reference data as somebody hands them in: checked whole, put in order, cut into parts that fit a document. */
import { createHash } from 'node:crypto'
import type { ReferenceRecord } from '../contracts/reference-documents.ts'

const mostRecords = 100_000
const mostProblems = 20
const longestText = 1_024
const idLength = 256
const namePattern = /^[a-zA-Z][a-zA-Z0-9]{0,62}$/
/** Well below the 2 MB of a document. */
const partBytes = 512 * 1_024

/** The records, ordered by id, or what is wrong with them: by field, each with what was expected. */
export const parseReferenceRecords = (
  value: unknown,
  /** Fields that enrichment takes from each record. */
  needed: readonly string[],
): { readonly records: readonly ReferenceRecord[] } | { readonly problems: readonly string[] } => {
  if (!isRecord(value) || !Array.isArray(value['records'])) {
    return { problems: ['records: expected a list of objects with an id'] }
  }
  const given: readonly unknown[] = value['records']
  if (given.length > mostRecords) return { problems: [`records: expected at most ${mostRecords}, got ${given.length}`] }
  const problems: string[] = []
  const ids = new Set<unknown>()
  for (const [i, record] of given.entries()) {
    for (const problem of recordProblems(record, needed)) problems.push(`records.${i}${problem}`)
    const id = isRecord(record) ? record['id'] : undefined
    if (id !== undefined && ids.has(id)) problems.push(`records.${i}.id: expected each id once`)
    ids.add(id)
    if (problems.length >= mostProblems) break
  }
  if (problems.length > 0) return { problems: problems.slice(0, mostProblems) }
  const records = given as readonly ReferenceRecord[]
  return { records: records.toSorted((a, b) => (a.id < b.id ? -1 : 1)) }
}

/** Equal records give equal hashes, whatever the order of their fields. */
export const referenceHash = (records: readonly ReferenceRecord[]): string => {
  const hash = createHash('sha256')
  for (const record of records) hash.update(`${JSON.stringify(Object.entries(record).sort())}\n`)
  return hash.digest('hex').slice(0, 32)
}

export const cutIntoParts = (records: readonly ReferenceRecord[]): ReferenceRecord[][] => {
  const parts: ReferenceRecord[][] = []
  let room = 0
  for (const record of records) {
    const bytes = Buffer.byteLength(JSON.stringify(record)) + 1
    if (bytes > room) {
      parts.push([])
      room = partBytes
    }
    parts.at(-1)!.push(record)
    room -= bytes
  }
  return parts
}

const recordProblems = (record: unknown, needed: readonly string[]): string[] => {
  if (!isRecord(record)) return [': expected an object']
  const { id } = record
  const problems: string[] = []
  if (typeof id !== 'string' || id.length === 0 || id.length > idLength) {
    problems.push(`.id: expected a text of 1 to ${idLength} characters`)
  }
  for (const name of needed) if (!Object.hasOwn(record, name)) problems.push(`.${name}: expected a value, got nothing`)
  for (const [name, field] of Object.entries(record)) {
    if (!namePattern.test(name)) problems.push(`.${name}: expected a name of letters and digits`)
    else if (!isFact(field)) problems.push(`.${name}: expected a text up to ${longestText}, a number, true or false`)
  }
  return problems
}

const isFact = (value: unknown): boolean =>
  typeof value === 'boolean' ||
  Number.isFinite(value) ||
  (typeof value === 'string' && value.length > 0 && value.length <= longestText)

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
