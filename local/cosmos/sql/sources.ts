/** FROM and JOIN: the rows that a query is about, each with a value for every alias. */
import { badRequest } from '../errors.ts'
import { isArray } from '../json.ts'
import type { Expression, Source } from './ast.ts'
import { Compiler, type Names, type QueryContext, type Row } from './compile.ts'
import type { Value } from './values.ts'

/** The rows that come of one row of the aliases around the query. */
export type Rows = (outer: Row) => Iterable<Row>

/** What the documents are called before FROM has named them; no identifier can be empty. */
const containerName = ''

/** At the top of a query there is the container alone: rows are `[document]`. */
export const topNames: Names = { slots: new Map([[containerName, 0]]), taken: 1 }

/** The rows, and the aliases that the rest of the query sees. */
export const compileSources = (
  sources: readonly Source[],
  context: QueryContext,
  outer: Names,
): { readonly rows: Rows; readonly names: Names } => {
  let rows: Rows = (row) => [row]
  let names = outer
  for (const [index, source] of sources.entries()) {
    const visible = index === 0 ? named(names, source) : names
    const known = source.of.kind === 'variable' && !source.each ? visible.slots.get(source.of.name) : undefined
    if (known !== undefined) {
      names = { ...names, slots: new Map([...names.slots, [source.alias, known]]) }
      continue
    }
    const values = valuesOfSource(source, context, visible)
    const slot = names.taken
    names = { slots: new Map([...names.slots, [source.alias, slot]]), taken: slot + 1 }
    rows = joined(rows, values, slot)
  }
  return { rows, names: { ...names, slots: new Map([...names.slots].filter(([alias]) => alias !== containerName)) } }
}

/** At the top the first name of FROM is the container's, whatever it is. */
const named = (names: Names, { of }: Source): Names => {
  const root = rootOf(of)
  const container = names.slots.get(containerName)
  if (root === undefined || container === undefined || names.slots.has(root)) return names
  return { ...names, slots: new Map([...names.slots, [root, container]]) }
}

const rootOf = (expression: Expression): string | undefined => {
  if (expression.kind === 'property') return rootOf(expression.of)
  return expression.kind === 'variable' ? expression.name : undefined
}

const valuesOfSource = ({ of, each }: Source, context: QueryContext, names: Names): ((row: Row) => Iterable<Value>) => {
  const all = of.kind === 'subquery' ? context.subquery(of.query, names) : single(new Compiler(context, names), of)
  if (!each) return all
  return function* (row) {
    for (const value of all(row)) if (isArray(value)) yield* value
  }
}

const single = (compiler: Compiler, expression: Expression): ((row: Row) => Iterable<Value>) => {
  const evaluate = compiler.compile(expression)
  if (compiler.aggregates.length > 0) throw badRequest('Aggregates cannot be used in FROM.')
  return (row) => {
    const value = evaluate({ row })
    return value === undefined ? [] : [value]
  }
}

const joined = (rows: Rows, values: (row: Row) => Iterable<Value>, slot: number): Rows =>
  function* (outer) {
    for (const row of rows(outer)) {
      for (const value of values(row)) {
        const next = row.slice(0, slot)
        next[slot] = value
        yield next
      }
    }
  }
