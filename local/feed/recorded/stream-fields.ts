/** What a stream's schema says of the fields that a mapping can fill. */
import type { StreamDescription } from '../../../shared/contracts/stream-definition.ts'
import type { FieldKind } from './values.ts'

export interface StreamFields {
  /** By name, without source, id and time, which have places of their own in a mapping. */
  readonly kinds: ReadonlyMap<string, FieldKind>
  readonly required: readonly string[]
  /** JSON Schema of each. */
  readonly schemas: Readonly<Record<string, unknown>>
}

interface FieldSchema {
  readonly type?: string
}

export const streamFields = ({ event, identity, time }: StreamDescription): StreamFields => {
  const { properties, required = [] } = event as {
    readonly properties: Readonly<Record<string, FieldSchema>>
    readonly required?: readonly string[]
  }
  const isOwn = (name: string): boolean => ![identity.source, identity.id, time.occurredAt].includes(name)
  return {
    kinds: new Map(
      Object.entries(properties)
        .filter(([name]) => isOwn(name))
        .map(([name, { type = 'string' }]) => [name, kindOf(type)]),
    ),
    required: required.filter(isOwn),
    schemas: properties,
  }
}

/** A choice of constants has no type of its own: in the streams such choices are texts. */
const kindOf = (type: string): FieldKind =>
  type === 'number' || type === 'integer' ? 'number' : type === 'boolean' ? 'boolean' : 'text'
