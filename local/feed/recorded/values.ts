/** Values of records, which may be text where an event has numbers, and their place in them. */

export type FieldKind = 'number' | 'boolean' | 'text'

/** undefined for what is not of the kind. */
export const toKind = (value: unknown, kind: FieldKind): number | boolean | string | undefined =>
  kind === 'number' ? toNumber(value) : kind === 'boolean' ? toBoolean(value) : toText(value)

const numberPattern = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

export const toNumber = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && numberPattern.test(value.trim()) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

const toBoolean = (value: unknown): boolean | undefined => {
  if (typeof value === 'boolean') return value
  const text = toText(value)?.trim().toLowerCase() ?? ''
  return ['true', '1'].includes(text) ? true : ['false', '0'].includes(text) ? false : undefined
}

export const toText = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined

/** A name that has dots may be one field, as in a CSV's header, or lead into nested objects. */
export const readField = (record: Readonly<Record<string, unknown>>, name: string): unknown => {
  if (Object.hasOwn(record, name)) return record[name]
  return name.split('.').reduce<unknown>((value, part) => (isObject(value) ? ownValue(value, part) : undefined), record)
}

const ownValue = (object: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
