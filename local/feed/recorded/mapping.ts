/** How the records of a file become events of a stream; read from JSON by read-mapping.ts, described in docs/feeds.md. */
import type { Unit } from './units.ts'

export const recordFormats = ['csv', 'ndjson', 'json', 'access-log'] as const
export type RecordFormat = (typeof recordFormats)[number]

/** Where a source or an id comes from. */
export type Origin =
  | { readonly field: string }
  | { readonly constant: string }
  /** The file's name, without the ending that tells its format. */
  | { readonly file: 'name' }
  /** The record's place in its file, from 1 on, behind the file's name. */
  | { readonly record: 'number' }

export interface TimeMapping {
  readonly field: string
  /** `iso`, `epoch-s`, `epoch-ms`, or a pattern such as `yyyy-MM-dd HH:mm:ss`. */
  readonly format: string
  /** Of times that name none. Default UTC. */
  readonly zone: string
}

export interface FieldMapping {
  /** Name in the record; dots lead into nested objects. */
  readonly field: string
  readonly unit: Unit | undefined
  /** Applied after the unit: value * scale + offset. Default 1. */
  readonly scale: number
  /** Default 0. */
  readonly offset: number
}

export interface Mapping {
  /** undefined: told by the file's name. */
  readonly format: RecordFormat | undefined
  readonly time: TimeMapping
  readonly source: Origin
  readonly id: Origin
  /** What stays on one partition: each source, or each file. */
  readonly key: 'source' | 'file'
  /** By event field. */
  readonly fields: Readonly<Record<string, FieldMapping>>
  /** The same in every event, by event field. */
  readonly constants: Readonly<Record<string, unknown>>
  /** Texts that stand where there is no value. Default: the empty text. */
  readonly missing: readonly string[]
  /** Of CSV: one character. Default a comma. */
  readonly delimiter: string
  /** Names of a CSV's columns where it has no header. */
  readonly columns: readonly string[] | undefined
  /** Fields that a CSV must have columns for. */
  readonly needs: readonly string[]
}
