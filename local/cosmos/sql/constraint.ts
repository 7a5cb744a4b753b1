/**
 * What a WHERE condition says about an item's id or its indexed numbers, so that the store can look items up instead
 * of scanning. A constraint may let in too many items, never too few: the whole condition is checked on each.
 */
import { conjuncts, propertyPath, type Expression } from './ast.ts'
import { compareValues, type Value } from './values.ts'

type Scalar = string | number

export interface Bound {
  readonly value: Scalar
  readonly inclusive: boolean
}

export type Constraint =
  /** `field` is `id` with strings, or the name of an indexed property with numbers. */
  | { readonly kind: 'range'; readonly field: string; readonly low?: Bound; readonly high?: Bound }
  | { readonly kind: 'set'; readonly field: string; readonly values: readonly Scalar[] }
  | { readonly kind: 'or'; readonly any: readonly Constraint[] }
  | { readonly kind: 'and'; readonly all: readonly Constraint[] }

export interface Known {
  /** Of the documents. */
  readonly alias: string | undefined
  readonly parameter: (name: string) => Value
  /** Whether the numbers of a top-level property are indexed. */
  readonly isIndexed: (name: string) => boolean
}

/** undefined: nothing that helps. */
export const constraintOf = (condition: Expression, known: Known): Constraint | undefined => {
  switch (condition.kind) {
    case 'and': {
      const all = mergeRanges(conjuncts(condition).map((part) => constraintOf(part, known)))
      return all.length > 1 ? { kind: 'and', all } : all[0]
    }
    case 'or': {
      const any = condition.operands.map((part) => constraintOf(part, known))
      return any.every((part) => part !== undefined) ? { kind: 'or', any } : undefined
    }
    case 'binary':
      return (
        comparison(condition.operator, condition.left, condition.right, known) ??
        comparison(mirrored[condition.operator], condition.right, condition.left, known)
      )
    case 'between':
      return mergeRanges([
        comparison('>=', condition.operand, condition.low, known),
        comparison('<=', condition.operand, condition.high, known),
      ])[0]
    case 'in': {
      const field = fieldOf(condition.operand, known)
      const values = condition.list.map((item) => constantOf(item, known))
      if (field === undefined || !values.every((value) => fits(field, value))) return undefined
      return { kind: 'set', field, values }
    }
    case 'call':
      return startsWith(condition.name, condition.arguments, known)
    default:
      return undefined
  }
}

const mirrored: Readonly<Record<string, string>> = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

const comparison = (
  operator: string | undefined,
  property: Expression,
  constant: Expression,
  known: Known,
): Constraint | undefined => {
  const field = fieldOf(property, known)
  const value = constantOf(constant, known)
  if (field === undefined || !fits(field, value)) return undefined
  if (operator === '=') return { kind: 'set', field, values: [value] }
  if (operator === '>' || operator === '>=') {
    return { kind: 'range', field, low: { value, inclusive: operator === '>=' } }
  }
  if (operator === '<' || operator === '<=') {
    return { kind: 'range', field, high: { value, inclusive: operator === '<=' } }
  }
  return undefined
}

const startsWith = (name: string, values: readonly Expression[], known: Known): Constraint | undefined => {
  const [text, start] = values
  if (name !== 'STARTSWITH' || values.length !== 2 || text === undefined || start === undefined) return undefined
  const value = constantOf(start, known)
  if (fieldOf(text, known) !== 'id' || typeof value !== 'string') return undefined
  const low = { value, inclusive: true }
  return { kind: 'range', field: 'id', low, high: { value: `${value}\u{10ffff}`, inclusive: true } }
}

const fieldOf = (expression: Expression, known: Known): string | undefined => {
  const path = propertyPath(expression, known.alias)
  const name = path?.[0]
  return path?.length === 1 && name !== undefined && (name === 'id' || known.isIndexed(name)) ? name : undefined
}

/** Of a literal or a parameter. */
export const constantOf = (expression: Expression, known: Pick<Known, 'parameter'>): Value => {
  if (expression.kind === 'literal') return expression.value
  if (expression.kind === 'parameter') return known.parameter(expression.name)
  if (expression.kind !== 'negate') return undefined
  const value = constantOf(expression.operand, known)
  return typeof value === 'number' ? -value : undefined
}

const fits = (field: string, value: Value): value is Scalar =>
  field === 'id' ? typeof value === 'string' : typeof value === 'number'

/** Makes one range of all ranges on the same field. */
const mergeRanges = (constraints: readonly (Constraint | undefined)[]): Constraint[] => {
  const merged: Constraint[] = []
  for (const constraint of constraints) {
    if (constraint === undefined) continue
    const same = merged.findIndex(
      (other) => other.kind === 'range' && constraint.kind === 'range' && other.field === constraint.field,
    )
    const other = merged[same]
    if (other?.kind !== 'range' || constraint.kind !== 'range') merged.push(constraint)
    else {
      const low = tighter(other.low, constraint.low, 1)
      const high = tighter(other.high, constraint.high, -1)
      merged[same] = { ...other, ...(low && { low }), ...(high && { high }) }
    }
  }
  return merged
}

const tighter = (a: Bound | undefined, b: Bound | undefined, sign: 1 | -1): Bound | undefined => {
  if (a === undefined || b === undefined) return a ?? b
  const order = compareValues(a.value, b.value) * sign
  return order > 0 || (order === 0 && !a.inclusive) ? a : b
}
