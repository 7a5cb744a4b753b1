/** Compares what is known of a value with a type: what it may hold, must hold, and what Azure alone sets. */
import {
  ObjectTypePropertyFlags as Flags,
  TypeBaseKind as Kind,
  type BicepType,
  type ObjectTypeProperty,
} from 'bicep-types'
import type { ResolvedType } from './azure-types.ts'
import type { Value } from './value.ts'

export interface Mismatch {
  readonly rule:
    'unknown-property' | 'read-only-property' | 'missing-value' | 'wrong-enum' | 'wrong-type' | 'out-of-range'
  /** Dotted. */
  readonly path: string
  readonly line: number | undefined
  readonly message: string
}

/** Everything about the value that the type does not allow. What is not known is not complained of. */
export const mismatches = (value: Value, { type, resolve }: ResolvedType, path = ''): Mismatch[] => {
  const check = (part: Value, partType: BicepType, partPath: string): Mismatch[] =>
    mismatches(part, { type: partType, resolve }, partPath)
  const complain = (rule: Mismatch['rule'], message: string): Mismatch[] => [{ rule, path, line: value.line, message }]

  if (value.kind === 'unknown') return []
  if (value.kind === 'either') return value.values.flatMap((branch) => check(branch, type, path))
  // null stands for a property that is left out.
  if (value.kind === 'literal' && value.value === null) return []

  const checkObject = (
    properties: Readonly<Record<string, ObjectTypeProperty>>,
    more: BicepType | undefined,
  ): Mismatch[] => {
    if (value.kind !== 'object') return complain('wrong-type', `expected an object, got ${describe(value)}`)
    const given = new Set(value.properties.map(({ name }) => name))
    const missing = value.isOpen
      ? []
      : Object.entries(properties)
          .filter(
            ([name, { flags }]) =>
              hasFlag(flags, Flags.Required) && !hasFlag(flags, Flags.ReadOnly) && !given.has(name),
          )
          .flatMap(([name]) => complain('missing-value', `${name} is required`))
    const wrong = value.properties.flatMap(({ name, value: part, line }): Mismatch[] => {
      const partPath = path === '' ? name : `${path}.${name}`
      const property = properties[name]
      if (property === undefined) {
        if (more !== undefined) return check(part, more, partPath)
        const hint = hintFor(name, Object.keys(properties))
        return [{ rule: 'unknown-property', path: partPath, line, message: `there is no such property${hint}` }]
      }
      if (isSetByAzure(property.flags)) {
        return [{ rule: 'read-only-property', path: partPath, line, message: 'Azure sets it, a template may not' }]
      }
      return check(part, resolve(property.type), partPath)
    })
    return [...missing, ...wrong]
  }

  switch (type.type) {
    case Kind.AnyType:
    case Kind.NullType:
      return []
    case Kind.ObjectType: {
      const more = type.additionalProperties
      return checkObject(type.properties, more === undefined ? undefined : resolve(more))
    }
    case Kind.DiscriminatedObjectType: {
      if (value.kind !== 'object') return complain('wrong-type', `expected an object, got ${describe(value)}`)
      const chosen = value.properties.find(({ name }) => name === type.discriminator)?.value
      if (chosen === undefined) return complain('missing-value', `${type.discriminator} is required`)
      if (chosen.kind !== 'literal') return []
      const element = type.elements[String(chosen.value)]
      if (element === undefined) {
        return complain('wrong-enum', `${type.discriminator}: ${expected(Object.keys(type.elements), chosen.value)}`)
      }
      const branch = resolve(element)
      return branch.type === Kind.ObjectType
        ? checkObject({ ...type.baseProperties, ...branch.properties }, undefined)
        : []
    }
    case Kind.ArrayType: {
      if (value.kind !== 'array') return complain('wrong-type', `expected an array, got ${describe(value)}`)
      const itemType = resolve(type.itemType)
      const { minLength = 0, maxLength = Infinity } = type
      const isFit = value.items.length >= minLength && value.items.length <= maxLength
      const wrong = value.items.flatMap((item, i) => check(item, itemType, `${path}.${i}`))
      return isFit ? wrong : [...complain('out-of-range', `expected ${minLength} to ${maxLength} items`), ...wrong]
    }
    case Kind.UnionType: {
      const elements = type.elements.map(resolve)
      if (elements.some((element) => check(value, element, path).length === 0 && !isOpenText(element, elements)))
        return []
      const literals = elements.flatMap((element) => (element.type === Kind.StringLiteralType ? [element.value] : []))
      if (literals.length > 0)
        return complain('wrong-enum', expected(literals, value.kind === 'literal' ? value.value : describe(value)))
      return elements.length === 0 ? [] : check(value, elements[0]!, path)
    }
    case Kind.StringLiteralType:
      return value.kind === 'literal' && value.value === type.value
        ? []
        : complain('wrong-enum', expected([type.value], value.kind === 'literal' ? value.value : describe(value)))
    case Kind.StringType: {
      if (value.kind !== 'literal' || typeof value.value !== 'string') {
        return complain('wrong-type', `expected a text, got ${describe(value)}`)
      }
      const { minLength = 0, maxLength = Infinity, pattern } = type
      if (value.value.length < minLength || value.value.length > maxLength) {
        return complain('out-of-range', `expected ${minLength} to ${maxLength} characters, got ${value.value.length}`)
      }
      return pattern === undefined || new RegExp(pattern).test(value.value)
        ? []
        : complain('out-of-range', `expected the pattern ${pattern}`)
    }
    case Kind.IntegerType: {
      if (value.kind !== 'literal' || typeof value.value !== 'number') {
        return complain('wrong-type', `expected a whole number, got ${describe(value)}`)
      }
      const { minValue = -Infinity, maxValue = Infinity } = type
      return value.value >= minValue && value.value <= maxValue
        ? []
        : complain('out-of-range', `expected ${minValue} to ${maxValue}, got ${value.value}`)
    }
    case Kind.BooleanType:
      return value.kind === 'literal' && typeof value.value === 'boolean'
        ? []
        : complain('wrong-type', `expected true or false, got ${describe(value)}`)
    case Kind.BuiltInType:
    case Kind.ResourceType:
    case Kind.ResourceFunctionType:
    case Kind.FunctionType:
      return []
  }
}

const hasFlag = (flags: Flags, flag: Flags): boolean => (flags & flag) !== 0

/** Names are identifiers that a template does set, although some type data calls them read-only. */
const isSetByAzure = (flags: Flags): boolean => hasFlag(flags, Flags.ReadOnly) && !hasFlag(flags, Flags.Identifier)

/** An enumeration that lists its members and then any text: a member is still expected, as the compiler expects it. */
const isOpenText = (element: BicepType, elements: readonly BicepType[]): boolean =>
  element.type === Kind.StringType && elements.some(({ type }) => type === Kind.StringLiteralType)

const expected = (values: readonly string[], got: unknown): string =>
  `expected ${values.map((value) => JSON.stringify(value)).join(', ')}, got ${JSON.stringify(got)}`

const describe = (value: Value): string =>
  value.kind === 'literal' ? JSON.stringify(value.value) : value.kind === 'object' ? 'an object' : `an ${value.kind}`

const hintFor = (name: string, known: readonly string[]): string => {
  const close = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase())
  return close === undefined ? `; known are ${known.join(', ')}` : `; it is spelled ${close}`
}
