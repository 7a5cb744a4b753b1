/** The syntax tree of a query. */
import type { Json } from '../json.ts'

export type Expression =
  | { readonly kind: 'literal'; readonly value: Json | undefined }
  | { readonly kind: 'parameter'; readonly name: string }
  /** What an alias of FROM or JOIN stands for. */
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'property'; readonly of: Expression; readonly name: Expression }
  | { readonly kind: 'not' | 'negate' | 'invert'; readonly operand: Expression }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[] }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'in'; readonly operand: Expression; readonly list: readonly Expression[] }
  | { readonly kind: 'between'; readonly operand: Expression; readonly low: Expression; readonly high: Expression }
  | { readonly kind: 'conditional'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: 'array'; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, Expression])[] }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[] }
  /** `value`: the only result; `exists`: whether there is one; `list`: ARRAY, all of them. */
  | { readonly kind: 'subquery'; readonly as: 'value' | 'exists' | 'list'; readonly query: Query }

/** One input of FROM or JOIN: everything that `of` stands for, or with `each` (IN) the elements of it. */
export interface Source {
  readonly alias: string
  readonly of: Expression
  readonly each: boolean
}

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
  /** Empty where there is no FROM. */
  readonly sources: readonly Source[]
  readonly where: Expression | undefined
  readonly groupBy: readonly Expression[]
  readonly orderBy: readonly OrderItem[]
  readonly offset: Expression | undefined
  readonly limit: Expression | undefined
}

/** The alias of the documents themselves, where FROM names the container and nothing in it. */
export const documentAlias = ({ sources }: Query): string | undefined => {
  const [first] = sources
  return first?.of.kind === 'variable' && !first.each ? first.alias : undefined
}

/** `['a', 'b']` for `c.a.b` with the alias `c`; undefined for anything but its properties with fixed names. */
export const propertyPath = (expression: Expression, alias: string | undefined): readonly string[] | undefined => {
  if (expression.kind === 'variable') return expression.name === alias ? [] : undefined
  if (expression.kind !== 'property' || expression.name.kind !== 'literal') return undefined
  const { value } = expression.name
  const parent = propertyPath(expression.of, alias)
  return parent === undefined || typeof value !== 'string' ? undefined : [...parent, value]
}

/** What a condition demands all of. */
export const conjuncts = (condition: Expression): readonly Expression[] =>
  condition.kind === 'and' ? condition.operands.flatMap(conjuncts) : [condition]

/** The expressions that an expression is made of; a subquery keeps its own. */
export const childrenOf = (expression: Expression): readonly Expression[] => {
  switch (expression.kind) {
    case 'literal':
    case 'parameter':
    case 'variable':
    case 'subquery':
      return []
    case 'property':
      return [expression.of, expression.name]
    case 'not':
    case 'negate':
    case 'invert':
      return [expression.operand]
    case 'and':
    case 'or':
      return expression.operands
    case 'binary':
      return [expression.left, expression.right]
    case 'in':
      return [expression.operand, ...expression.list]
    case 'between':
      return [expression.operand, expression.low, expression.high]
    case 'conditional':
      return [expression.test, expression.yes, expression.no]
    case 'array':
      return expression.items
    case 'object':
      return expression.entries.map(([, value]) => value)
    case 'call':
      return expression.arguments
  }
}
