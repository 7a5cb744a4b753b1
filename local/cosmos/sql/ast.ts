/** The syntax tree of a query. */
import type { Json } from '../json.ts'

export type Expression =
  | { readonly kind: 'literal'; readonly value: Json | undefined }
  | { readonly kind: 'parameter'; readonly name: string }
  /** The document itself: the alias of FROM. */
  | { readonly kind: 'root' }
  | { readonly kind: 'property'; readonly of: Expression; readonly name: Expression }
  | { readonly kind: 'not' | 'negate'; readonly operand: Expression }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'in'; readonly operand: Expression; readonly list: readonly Expression[] }
  | { readonly kind: 'between'; readonly operand: Expression; readonly low: Expression; readonly high: Expression }
  | { readonly kind: 'conditional'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: 'array'; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, Expression])[] }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[] }

export interface OrderItem {
  readonly expression: Expression
  readonly descending: boolean
}

export type Selection =
  | { readonly kind: 'all' }
  | { readonly kind: 'value'; readonly expression: Expression }
  | { readonly kind: 'list'; readonly items: readonly (readonly [name: string, expression: Expression])[] }

export interface Query {
  readonly select: Selection
  readonly distinct: boolean
  readonly top: Expression | undefined
  readonly where: Expression | undefined
  readonly groupBy: readonly Expression[]
  readonly orderBy: readonly OrderItem[]
  readonly offset: Expression | undefined
  readonly limit: Expression | undefined
}

/** `['a', 'b']` for `c.a.b`; undefined for anything but properties with fixed names. */
export const propertyPath = (expression: Expression): readonly string[] | undefined => {
  if (expression.kind === 'root') return []
  if (expression.kind !== 'property' || expression.name.kind !== 'literal') return undefined
  const { value } = expression.name
  const parent = propertyPath(expression.of)
  return parent === undefined || typeof value !== 'string' ? undefined : [...parent, value]
}
