/** One SELECT, compiled: its rows, and what becomes of them. Subqueries are compiled and run the same way. */
import { badRequest } from '../errors.ts'
import { aggregateNames, newAccumulator } from './aggregates.ts'
import { childrenOf, type Expression, type Query } from './ast.ts'
import {
  Compiler,
  type Aggregate,
  type Evaluate,
  type Names,
  type Parameters,
  type QueryContext,
  type Row,
  type Scope,
} from './compile.ts'
import { compileSources, type Rows } from './sources.ts'
import { canonical, compareValues, type Value } from './values.ts'

export interface CompiledSelect {
  /** The rows that FROM, JOIN and WHERE make of the aliases around the query. */
  readonly rows: (outer: Row) => Iterable<Row>
  readonly orderBy: readonly { readonly evaluate: Evaluate; readonly descending: boolean }[]
  readonly groupBy: readonly Evaluate[]
  readonly aggregates: readonly Aggregate[]
  /** Results are made of groups, not of rows. */
  readonly isGrouped: boolean
  readonly distinct: boolean
  readonly select: Evaluate
  /** Results [start, end) are wanted. */
  readonly start: number
  readonly end: number
}

/** `names`: what is in sight around the query. */
export const compileSelect = (query: Query, context: QueryContext, names: Names): CompiledSelect => {
  const { rows: sourceRows, names: inner } = compileSources(query.sources, context, names)
  const compiler = new Compiler(context, inner)
  const condition = query.where && compiler.compile(query.where)
  if (compiler.aggregates.length > 0) throw badRequest('Aggregates cannot be used in WHERE.')
  const groupBy = query.groupBy.map((expression) => compiler.compile(expression))
  const orderBy = query.orderBy.map(({ expression, descending }) => ({
    evaluate: compiler.compile(expression),
    descending,
  }))
  if (compiler.aggregates.length > 0) throw badRequest('Aggregates cannot be used in GROUP BY or ORDER BY.')
  const select = compileSelection(query, compiler)
  const isGrouped = groupBy.length > 0 || compiler.aggregates.length > 0
  if (isGrouped) requireGroupedSelection(query)
  return {
    ...{ rows: filtered(sourceRows, condition), orderBy, groupBy, aggregates: compiler.aggregates, isGrouped },
    ...{ distinct: query.distinct, select, ...rangeOf(query, compiler) },
  }
}

/** The context of a query whose subqueries are compiled by this very module. */
export const queryContext = (parameters: Parameters, now: number): QueryContext => {
  const context: QueryContext = {
    parameters,
    now,
    subquery: (query, names) => {
      const select = compileSelect(query, context, names)
      return (row) => resultsOf(select, select.rows(row))
    },
  }
  return context
}

/** Everything that the rows give, in order and within the range that the query wants. */
export function* resultsOf(select: CompiledSelect, rows: Iterable<Row>): Generator<Value> {
  let passed = 0
  for (const value of valuesOf(select, rows)) {
    if (passed >= select.end) return
    passed += 1
    if (passed > select.start) yield value
  }
}

/** As `resultsOf`, the whole range. Values that are undefined are no results. */
export function* valuesOf(select: CompiledSelect, rows: Iterable<Row>): Generator<Value> {
  const seen = new Set<string>()
  for (const scope of scopesOf(select, rows)) {
    const value = select.select(scope)
    if (value === undefined) continue
    if (select.distinct) {
      const text = canonical(value)
      if (seen.has(text)) continue
      seen.add(text)
    }
    yield value
  }
}

export const compareSorted = (orderBy: CompiledSelect['orderBy'], a: readonly Value[], b: readonly Value[]): number => {
  for (const [index, { descending }] of orderBy.entries()) {
    const order = compareValues(a[index], b[index])
    if (order !== 0) return descending ? -order : order
  }
  return 0
}

const scopesOf = (select: CompiledSelect, rows: Iterable<Row>): Iterable<Scope> => {
  if (select.isGrouped) return groupsOf(select, rows)
  return select.orderBy.length === 0 ? scopesOfRows(rows) : sorted(select, rows)
}

function* scopesOfRows(rows: Iterable<Row>): Generator<Scope> {
  for (const row of rows) yield { row }
}

const sorted = ({ orderBy }: CompiledSelect, rows: Iterable<Row>): readonly Scope[] => {
  const found = [...rows].map((row) => ({ row, values: orderBy.map(({ evaluate }) => evaluate({ row })) }))
  return found.sort((a, b) => compareSorted(orderBy, a.values, b.values))
}

/** One scope a group: its first row and the results of its aggregates. Without GROUP BY all is one group. */
const groupsOf = (select: CompiledSelect, rows: Iterable<Row>): readonly Scope[] => {
  const newGroup = (row: Row) => ({ row, accumulators: select.aggregates.map(({ name }) => newAccumulator(name)) })
  const found = new Map(select.groupBy.length === 0 ? [['', newGroup([])]] : [])
  for (const row of rows) {
    const scope = { row }
    const key = select.groupBy.map((evaluate) => canonical(evaluate(scope))).join()
    let group = found.get(key)
    if (group === undefined) found.set(key, (group = newGroup(row)))
    for (const [index, { argument }] of select.aggregates.entries()) group.accumulators[index]?.add(argument(scope))
  }
  return [...found.values()].map(({ row, accumulators }) => ({
    row,
    aggregates: accumulators.map((accumulator) => accumulator.result()),
  }))
}

const filtered = (rows: Rows, condition: Evaluate | undefined): Rows => {
  if (condition === undefined) return rows
  return function* (outer) {
    for (const row of rows(outer)) if (condition({ row }) === true) yield row
  }
}

const compileSelection = ({ select, sources }: Query, compiler: Compiler): Evaluate => {
  if (select.kind === 'value') return compiler.compile(select.expression)
  if (select.kind === 'list') return compiler.object(select.items)
  return compiler.compile({ kind: 'variable', name: sources[0]?.alias ?? '' })
}

/** As in the cloud: what is selected must be in GROUP BY or within an aggregate. */
const requireGroupedSelection = ({ select, groupBy }: Query): void => {
  const known = groupBy.map((expression) => JSON.stringify(expression))
  const check = (expression: Expression): void => {
    if (known.includes(JSON.stringify(expression))) return
    if (expression.kind === 'variable') {
      throw badRequest(
        `'${expression.name}' is invalid in the select list because it is not contained in either an aggregate ` +
          'function or the GROUP BY clause.',
      )
    }
    if (expression.kind === 'call' && aggregateNames.has(expression.name)) return
    for (const inner of childrenOf(expression)) check(inner)
  }
  if (select.kind === 'value') check(select.expression)
  if (select.kind === 'list') for (const [, expression] of select.items) check(expression)
}

const rangeOf = (query: Query, compiler: Compiler): { start: number; end: number } => {
  const whole = (expression: Expression | undefined, what: string): number | undefined => {
    if (expression === undefined) return undefined
    const value = compiler.compile(expression)({ row: [] })
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
    throw badRequest(`${what} must be a whole number that is not negative.`)
  }
  const start = whole(query.offset, 'OFFSET') ?? 0
  const count = whole(query.top, 'TOP') ?? whole(query.limit, 'LIMIT') ?? Number.POSITIVE_INFINITY
  return { start, end: start + count }
}
