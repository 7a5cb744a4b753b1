/** Reads a mapping from JSON: every problem at once, by field, and nothing that is not understood is passed over. */
import type { StreamDescription } from '../../../shared/contracts/stream-definition.ts'
import { fits } from '../schema-check.ts'
import { recordFormats, type FieldMapping, type Mapping, type Origin, type TimeMapping } from './mapping.ts'
import { streamFields, type StreamFields } from './stream-fields.ts'
import { isTimeFormat, isZone } from './time-format.ts'
import { units, type Unit } from './units.ts'
import { isObject } from './values.ts'

export type ReadMapping = { readonly mapping: Mapping } | { readonly problems: readonly string[] }

/** `stream` is the one whose events the records become. */
export const readMapping = (json: unknown, stream: StreamDescription): ReadMapping => {
  if (!isObject(json)) return { problems: [`expected a JSON object, got ${kindOf(json)}`] }
  const reader = new MappingReader(streamFields(stream), stream)
  const mapping = reader.read(json)
  return reader.problems.length > 0 ? { problems: reader.problems } : { mapping }
}

type Json = Readonly<Record<string, unknown>>

const unitNames = Object.keys(units)

class MappingReader {
  readonly problems: string[] = []
  readonly #fields: StreamFields
  readonly #stream: StreamDescription

  constructor(fields: StreamFields, stream: StreamDescription) {
    this.#fields = fields
    this.#stream = stream
  }

  read(json: Json): Mapping {
    this.#known('', json, [
      ...['format', 'time', 'source', 'id', 'key', 'fields', 'constants', 'missing', 'delimiter', 'columns'],
    ])
    const format = this.#choice('format', json['format'], recordFormats)
    const time = this.#time(json['time'])
    const source = this.#origin('source', json['source'] ?? { file: 'name' })
    const id = this.#origin('id', json['id'] ?? { record: 'number' })
    const fields = this.#fieldMappings(json['fields'] ?? {})
    const constants = this.#constants(json['constants'] ?? {})
    this.#complete(fields, constants)
    const needs = [time, source, id, ...Object.values(fields)].flatMap((of) => ('field' in of ? [of.field] : []))
    return {
      format,
      time,
      source,
      id,
      key: this.#choice('key', json['key'], ['source', 'file'] as const) ?? 'source',
      fields,
      constants,
      missing: this.#texts('missing', json['missing']) ?? [''],
      delimiter: this.#delimiter(json['delimiter'] ?? ','),
      columns: this.#texts('columns', json['columns']),
      needs: [...new Set(needs)],
    }
  }

  #time(json: unknown): TimeMapping {
    if (!isObject(json)) {
      this.#expected('time', 'an object with field, format and perhaps zone', json)
      return { field: '', format: '', zone: '' }
    }
    this.#known('time.', json, ['field', 'format', 'zone'])
    const field = this.#text('time.field', json['field'])
    const format = this.#text('time.format', json['format'])
    if (format !== '' && !isTimeFormat(format)) {
      this.#expected(
        'time.format',
        'iso, epoch-s, epoch-ms, or a pattern with the day such as yyyy-MM-dd HH:mm:ss',
        format,
      )
    }
    const zone = json['zone'] ?? 'UTC'
    if (typeof zone !== 'string' || !isZone(zone)) {
      this.#expected('time.zone', 'a zone such as UTC, +02:00 or Europe/Oslo', zone)
    } else if (json['zone'] !== undefined && format.startsWith('epoch')) {
      this.problems.push(`time.zone: expected none with ${format}, which counts in UTC`)
    }
    return { field, format, zone: String(zone) }
  }

  #origin(name: 'source' | 'id', json: unknown): Origin {
    if (typeof json === 'string' && json !== '') return { field: json }
    if (isObject(json) && Object.keys(json).length === 1) {
      if (name === 'source' && typeof json['constant'] === 'string' && json['constant'] !== '') {
        return { constant: json['constant'] }
      }
      if (name === 'source' && json['file'] === 'name') return { file: 'name' }
      if (name === 'id' && json['record'] === 'number') return { record: 'number' }
    }
    const others = name === 'source' ? '{"constant": "…"} or {"file": "name"}' : '{"record": "number"}'
    this.#expected(name, `the name of a field, ${others}`, json)
    return { field: '' }
  }

  #fieldMappings(json: unknown): Record<string, FieldMapping> {
    const mapped: Record<string, FieldMapping> = {}
    for (const [name, of] of Object.entries(this.#object('fields', json))) {
      const where = `fields.${name}`
      this.#ofStream(where, name)
      mapped[name] = this.#fieldMapping(where, name, of)
    }
    return mapped
  }

  #fieldMapping(where: string, name: string, json: unknown): FieldMapping {
    const whole = { unit: undefined, scale: 1, offset: 0 }
    if (typeof json === 'string' && json !== '') return { field: json, ...whole }
    if (!isObject(json)) {
      this.#expected(where, 'the name of a field, or an object with field, unit, scale, offset', json)
      return { field: '', ...whole }
    }
    this.#known(`${where}.`, json, ['field', 'unit', 'scale', 'offset'])
    const changes = ['unit', 'scale', 'offset'].filter((key) => json[key] !== undefined)
    const kind = this.#fields.kinds.get(name)
    if (changes.length > 0 && kind !== undefined && kind !== 'number') {
      this.problems.push(`${where}: expected no ${changes.join(', ')} for a field that holds ${article(kind)}`)
    }
    return {
      field: this.#text(`${where}.field`, json['field']),
      unit: this.#choice(`${where}.unit`, json['unit'], unitNames) as Unit | undefined,
      scale: this.#number(`${where}.scale`, json['scale'] ?? 1),
      offset: this.#number(`${where}.offset`, json['offset'] ?? 0),
    }
  }

  #constants(json: unknown): Json {
    const constants = this.#object('constants', json)
    for (const [name, value] of Object.entries(constants)) {
      if (this.#ofStream(`constants.${name}`, name) && !fits(this.#fields.schemas[name], value)) {
        this.#expected(`constants.${name}`, `a value that the stream ${this.#stream.name} takes there`, value)
      }
    }
    return constants
  }

  #complete(fields: Json, constants: Json): void {
    for (const name of Object.keys(fields).filter((field) => Object.hasOwn(constants, field))) {
      this.problems.push(`constants.${name}: expected once, it is in fields too`)
    }
    for (const name of this.#fields.required) {
      if (!Object.hasOwn(fields, name) && !Object.hasOwn(constants, name)) {
        this.problems.push(`fields.${name}: expected here or in constants, every event of ${this.#stream.name} has it`)
      }
    }
  }

  #ofStream(where: string, name: string): boolean {
    if (this.#fields.kinds.has(name)) return true
    const { identity, time } = this.#stream
    const places = new Map([
      [identity.source, 'source'],
      [identity.id, 'id'],
      [time.occurredAt, 'time'],
    ])
    const place = places.get(name)
    this.problems.push(
      place === undefined
        ? `${where}: expected a field of ${this.#stream.name}: ${[...this.#fields.kinds.keys()].join(', ')}`
        : `${where}: expected not here, the mapping's ${place} fills it`,
    )
    return false
  }

  #delimiter(json: unknown): string {
    if (typeof json === 'string' && json.length === 1 && !'"\r\n'.includes(json)) return json
    this.#expected('delimiter', 'one character that is no quote and no line end', json)
    return ','
  }

  #texts(name: string, json: unknown): readonly string[] | undefined {
    if (json === undefined) return undefined
    if (Array.isArray(json) && json.length > 0 && json.every((text) => typeof text === 'string')) return json
    this.#expected(name, 'a list of texts', json)
    return undefined
  }

  #choice<T extends string>(name: string, json: unknown, choices: readonly T[]): T | undefined {
    const chosen = choices.find((choice) => choice === json)
    if (chosen === undefined && json !== undefined) this.#expected(name, choices.join(', '), json)
    return chosen
  }

  #text(name: string, json: unknown): string {
    if (typeof json === 'string' && json !== '') return json
    this.#expected(name, 'a text', json)
    return ''
  }

  #number(name: string, json: unknown): number {
    if (typeof json === 'number') return json
    this.#expected(name, 'a number', json)
    return 0
  }

  #object(name: string, json: unknown): Json {
    if (isObject(json)) return json
    this.#expected(name, 'an object', json)
    return {}
  }

  #known(prefix: string, json: Json, keys: readonly string[]): void {
    for (const key of Object.keys(json).filter((name) => !keys.includes(name))) {
      this.problems.push(`${prefix}${key}: not known, expected one of ${keys.join(', ')}`)
    }
  }

  #expected(name: string, what: string, got: unknown): void {
    this.problems.push(`${name}: expected ${what}, got ${typeof got === 'string' ? JSON.stringify(got) : kindOf(got)}`)
  }
}

const kindOf = (json: unknown): string =>
  json === undefined
    ? 'nothing'
    : json === null
      ? 'null'
      : Array.isArray(json)
        ? 'an array'
        : typeof json === 'object'
          ? 'an object'
          : article(typeof json === 'string' ? 'text' : typeof json)

const article = (kind: string): string => `a ${kind}`
