import { badRequest } from '../errors.ts'
import { isArray, isObject, type Json, type JsonObject } from '../json.ts'
import type { PartitionKey } from '../partition-key.ts'
import { conjuncts, documentAlias, propertyPath, type Query } from './ast.ts'
import type { Parameters, Row } from './compile.ts'
import { constantOf, constraintOf, type Constraint, type Known } from './constraint.ts'
import { parseQuery } from './parser.ts'
import { compileSelect, queryContext, type CompiledSelect } from './select.ts'
import { topNames } from './sources.ts'
import type { Value } from './values.ts'

export interface CompiledQuery {
  readonly syntax: Query
  readonly parameters: Parameters
  readonly select: CompiledSelect
  /** Paths of ORDER BY; undefined for a computed value. */
  readonly orderPaths: readonly (readonly string[] | undefined)[]
  /** ORDER BY is the id alone, ascending. */
  readonly ordersById: boolean
  /** The first result is known only when all documents have been seen. */
  readonly needsAll: boolean
  /** FROM gives one row a document, its only alias. */
  readonly oneRowEach: boolean
  /** One result as JSON; undefined: the row gives none. `text`: the document as JSON. */
  readonly output: (row: Row, text: string) => string | undefined
  /** What WHERE says about ids and indexed numbers. */
  readonly constraint: (isIndexed: (name: string) => boolean) => Constraint | undefined
  /** The partition key that WHERE asks for, where it names a value for each of the paths. */
  readonly partitionKey: (paths: readonly string[]) => PartitionKey | undefined
}

/** Compiles the body of a query request: `{query, parameters?: [{name, value}]}`. Throws 400 where it is wrong. */
export const compileQuery = (body: JsonObject, now: number): CompiledQuery => {
  if (typeof body['query'] !== 'string') throw badRequest('query must be a string.')
  const syntax = parseQuery(body['query'])
  const parameters = parametersOf(body['parameters'])
  const select = compileSelect(syntax, queryContext(parameters, now), topNames)
  const alias = documentAlias(syntax)
  const orderPaths = syntax.orderBy.map(({ expression }) => propertyPath(expression, alias))
  const known = { alias, parameter: (name: string) => parameters.get(name) }
  return {
    ...{ syntax, parameters, select, orderPaths },
    ordersById: orderPaths.length === 1 && orderPaths[0]?.join('/') === 'id' && !syntax.orderBy[0]?.descending,
    needsAll: select.isGrouped || select.distinct,
    oneRowEach: alias !== undefined && syntax.sources.length === 1,
    output:
      syntax.select.kind === 'all' && alias !== undefined ? (_, text) => text : (row) => asText(select.select({ row })),
    constraint: (isIndexed) => syntax.where && constraintOf(syntax.where, { ...known, isIndexed }),
    partitionKey: (paths) => pinnedKey(syntax, paths, known),
  }
}

const parametersOf = (list: Json | undefined): Parameters => {
  const parameters = new Map<string, Value>()
  for (const entry of isArray(list ?? null) ? (list as readonly Json[]) : []) {
    if (isObject(entry) && typeof entry['name'] === 'string') parameters.set(entry['name'], entry['value'])
  }
  return parameters
}

const asText = (value: Value): string | undefined => (value === undefined ? undefined : JSON.stringify(value))

const pinnedKey = (
  { where }: Query,
  paths: readonly string[],
  known: Pick<Known, 'alias' | 'parameter'>,
): PartitionKey | undefined => {
  const pinned = new Map<string, Json>()
  for (const part of where === undefined ? [] : conjuncts(where)) {
    if (part.kind !== 'binary' || part.operator !== '=') continue
    for (const [property, constant] of [
      [part.left, part.right],
      [part.right, part.left],
    ] as const) {
      const path = propertyPath(property, known.alias)
      const value = constantOf(constant, known)
      if (path !== undefined && value !== undefined) pinned.set(`/${path.join('/')}`, value)
    }
  }
  const key = paths.map((path) => pinned.get(path))
  return key.every((value) => value !== undefined && (value === null || typeof value !== 'object')) ? key : undefined
}
