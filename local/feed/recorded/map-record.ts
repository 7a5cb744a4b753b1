/** A record becomes an event, or stays what it is for a reason. */
import type { StreamDescription } from '../../../shared/contracts/stream-definition.ts'
import type { FieldMapping, Mapping, Origin } from './mapping.ts'
import type { FileRecord } from './record.ts'
import { streamFields } from './stream-fields.ts'
import { timeReader } from './time-format.ts'
import { units } from './units.ts'
import { readField, toKind, toText, type FieldKind } from './values.ts'

export type MappedRecord =
  | {
      /** Epoch ms, as recorded. */
      readonly time: number
      readonly source: string
      readonly event: (atMs: number) => object
    }
  /** Names the field and what was expected, never the value. */
  | { readonly problem: string }

/** `label` is the file's name. */
export const recordMapper = (
  mapping: Mapping,
  stream: StreamDescription,
  label: string,
): ((record: FileRecord) => MappedRecord) => {
  const { kinds } = streamFields(stream)
  const readTime = timeReader(mapping.time)
  const fields = Object.entries(mapping.fields).map(([name, from]) => ({ name, from, kind: kinds.get(name)! }))
  const isMissing = (value: unknown): boolean =>
    value === undefined || value === null || (typeof value === 'string' && mapping.missing.includes(value))
  const originOf = (origin: Origin, number: number, values: FileRecord['values']): string | undefined => {
    if ('constant' in origin) return origin.constant
    if ('file' in origin) return withoutEnding(label)
    if ('record' in origin) return `${label}:${number}`
    const value = readField(values!, origin.field)
    return isMissing(value) ? undefined : toText(value)
  }

  return ({ number, values }) => {
    if (values === undefined) return { problem: 'expected a whole record of the format' }
    const time = readTime(readField(values, mapping.time.field))
    if (time === undefined) return { problem: `time: expected ${mapping.time.format} in ${mapping.time.field}` }
    const source = originOf(mapping.source, number, values)
    if (source === undefined) return { problem: originProblem('source', mapping.source) }
    const id = originOf(mapping.id, number, values)
    if (id === undefined) return { problem: originProblem('id', mapping.id) }
    const mapped: Record<string, unknown> = {}
    for (const { name, from, kind } of fields) {
      const value = readField(values, from.field)
      if (isMissing(value)) continue
      const converted = convert(value, from, kind)
      if (converted === undefined) return { problem: `${name}: expected a ${kind} in ${from.field}` }
      mapped[name] = converted
    }
    const { identity, time: times } = stream
    return {
      time,
      source,
      event: (atMs) => ({
        [identity.source]: source,
        [identity.id]: id,
        [times.occurredAt]: new Date(atMs).toISOString(),
        ...mapping.constants,
        ...mapped,
      }),
    }
  }
}

const convert = (
  value: unknown,
  { unit, scale, offset }: FieldMapping,
  kind: FieldKind,
): number | boolean | string | undefined => {
  const typed = toKind(value, kind)
  if (typeof typed !== 'number') return typed
  return (unit === undefined ? typed : units[unit](typed)) * scale + offset
}

const originProblem = (name: string, origin: Origin): string =>
  `${name}: expected a text or a number in ${'field' in origin ? origin.field : ''}`

const withoutEnding = (label: string): string => label.replace(/(\.\w+)?(\.gz)?$/, '')
