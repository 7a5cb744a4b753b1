import { badRequest } from '../errors.ts'
import { isArray, isObject, type Json, type JsonObject } from '../json.ts'
import { propertyPath, type Expression, type Query } from './ast.ts'
import { Compiler, type Aggregate, type Evaluate, type LoadedDocument, type Parameters, type Scope } from './compile.ts'
import { constraintOf, type Constraint } from './constraint.ts'
import { parseQuery } from './parser.ts'
import type { Value } from './values.ts'

export interface CompiledQuery {
  readonly matches: (document: JsonObject) => boolean
  readonly orderBy: readonly CompiledOrder[]
  /** ORDER BY is the id alone, ascending. */
  readonly ordersById: boolean
  readonly groupBy: readonly Evaluate[]
  readonly aggregates: readonly Aggregate[]
  /** Results are made of groups, not of documents. */
  readonly isGrouped: boolean
  readonly distinct: boolean
  /** The first result is known only when all documents have been seen. */
  readonly needsAll: boolean
  /** SELECT gives bare values rather than objects. */
  readonly selectsValue: boolean
  readonly select: (scope: Scope) => Value
  /** One result as JSON; undefined: the document gives none. */
  readonly output: (loaded: LoadedDocument) => string | undefined
  /** Results [start, end) are wanted. */
  readonly start: number
  readonly end: number
  /** What WHERE says about ids and indexed numbers. */
  readonly constraint: (isIndexed: (name: string) => boolean) => Constraint | undefined
}

export interface CompiledOrder {
  /** Of the property; undefined for a computed value. */
  readonly path: readonly string[] | undefined
  readonly evaluate: Evaluate
  readonly descending: boolean
}

/** Compiles the body of a query request: `{query, parameters?: [{name, value}]}`. Throws 400 where it is wrong. */
export const compileQuery = (body: JsonObject): CompiledQuery => {
  if (typeof body['query'] !== 'string') throw badRequest('query must be a string.')
  const query = parseQuery(body['query'])
  const compiler = new Compiler(parametersOf(body['parameters']))
  const { where } = query
  const condition = where && compiler.compile(where)
  if (compiler.aggregates.length > 0) throw badRequest('Aggregates cannot be used in WHERE.')
  const select = compileSelection(query, compiler)
  const isGrouped = query.groupBy.length > 0 || compiler.aggregates.length > 0
  const orderBy = query.orderBy.map(({ expression, descending }) => ({
    path: propertyPath(expression),
    evaluate: compiler.compile(expression),
    descending,
  }))
  const { start, end } = rangeOf(query, compiler)
  return {
    matches: (document) => condition === undefined || condition({ document }) === true,
    orderBy,
    ordersById: orderBy.length === 1 && orderBy[0]?.path?.join('/') === 'id' && !orderBy[0].descending,
    groupBy: query.groupBy.map((expression) => compiler.compile(expression)),
    aggregates: compiler.aggregates,
    isGrouped,
    distinct: query.distinct,
    needsAll: isGrouped || query.distinct,
    selectsValue: query.select.kind === 'value',
    select,
    output: query.select.kind === 'all' ? ({ text }) => text : (loaded) => asText(select(loaded)),
    start,
    end,
    constraint: (isIndexed) =>
      where && constraintOf(where, { parameter: (name) => compiler.parameter(name), isIndexed }),
  }
}

const parametersOf = (list: Json | undefined): Parameters => {
  const parameters = new Map<string, Value>()
  for (const entry of isArray(list ?? null) ? (list as readonly Json[]) : []) {
    if (isObject(entry) && typeof entry['name'] === 'string') parameters.set(entry['name'], entry['value'])
  }
  return parameters
}

const compileSelection = ({ select }: Query, compiler: Compiler): ((scope: Scope) => Value) => {
  if (select.kind === 'all') return ({ document }) => document
  return select.kind === 'value' ? compiler.compile(select.expression) : compiler.object(select.items)
}

const rangeOf = (query: Query, compiler: Compiler): { start: number; end: number } => {
  const whole = (expression: Expression | undefined, what: string): number | undefined => {
    if (expression === undefined) return undefined
    const value = compiler.compile(expression)({ document: {} })
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
    throw badRequest(`${what} must be a whole number that is not negative.`)
  }
  const start = whole(query.offset, 'OFFSET') ?? 0
  const count = whole(query.top, 'TOP') ?? whole(query.limit, 'LIMIT') ?? Number.POSITIVE_INFINITY
  return { start, end: start + count }
}

const asText = (value: Value): string | undefined => (value === undefined ? undefined : JSON.stringify(value))
