/** A plain reading of the JSON Schema that the streams use: only what their definitions hold, and loud about anything else. */

interface Schema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly const?: unknown
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly description?: string
}

const understood = new Set([
  'type',
  'properties',
  'required',
  'anyOf',
  'const',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'description',
])

export const fits = (schema: unknown, value: unknown): boolean => check(schema as Schema, value)

const check = (schema: Schema, value: unknown): boolean => {
  const strange = Object.keys(schema).find((keyword) => !understood.has(keyword))
  if (strange !== undefined) throw new Error(`The oracle does not know the schema keyword ${strange}.`)
  if (schema.anyOf !== undefined) return schema.anyOf.some((choice) => check(choice, value))
  if (schema.const !== undefined && value !== schema.const) return false
  switch (schema.type) {
    case 'object':
      return checkObject(schema, value)
    case 'string':
      return typeof value === 'string' && within(value.length, schema.minLength, schema.maxLength)
    case 'number':
    case 'integer':
      return (
        Number.isFinite(value) &&
        within(value as number, schema.minimum, schema.maximum) &&
        (schema.type === 'number' || Number.isInteger(value))
      )
    case 'boolean':
      return typeof value === 'boolean'
    default:
      throw new Error(`The oracle does not know the schema type ${String(schema.type)}.`)
  }
}

const checkObject = ({ properties = {}, required = [] }: Schema, value: unknown): boolean => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const object = value as Readonly<Record<string, unknown>>
  if (required.some((name) => !Object.hasOwn(object, name))) return false
  return Object.entries(properties).every(
    ([name, schema]) => !Object.hasOwn(object, name) || check(schema, object[name]),
  )
}

const within = (value: number, least = -Infinity, most = Infinity): boolean => value >= least && value <= most
