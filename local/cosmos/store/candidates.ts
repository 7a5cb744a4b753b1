/** Finds the items that a query has to look at, in the order of partition key and id. */
import type { Bound, Constraint } from '../sql/constraint.ts'
import type { Database, SqlValue } from './database.ts'
import type { ItemTable } from './item-table.ts'

/** Where an item stands in the order of partition key and id. */
export interface Position {
  readonly pk: string
  readonly id: string
}

export interface Candidate extends Position {
  readonly key: number
}

export interface CandidateQuery {
  /** Encoded partition key or a prefix of one; '' is every partition. */
  readonly pk: string
  /** `pk` names one logical partition rather than all that start with it. */
  readonly exact: boolean
  readonly constraint: Constraint | undefined
  /** The first that may be found. */
  readonly from: Position | undefined
  /** Epoch seconds: what has expired by then is left out. */
  readonly now: number
}

type Leaf = Extract<Constraint, { kind: 'range' | 'set' }>
type Narrowed = Leaf | { readonly kind: 'or'; readonly any: readonly Narrowed[] }

/** Counting stops here: what more items meet narrows little. */
const mostCounted = 2000

interface Sql {
  readonly text: string
  readonly values: readonly SqlValue[]
}

/** Lazy: stop reading and nothing more is looked up. */
export const findCandidates = (database: Database, table: ItemTable, query: CandidateQuery): Iterable<Candidate> => {
  const constraint = query.constraint && narrow(database, table, query, query.constraint)
  const direct = constraint === undefined || isOnId(constraint)
  const keys = direct ? undefined : keysOf(constraint, table, query)
  // CROSS JOIN keeps the looked-up keys in front: SQLite has no statistics that would tell it how few they are.
  const source =
    keys === undefined ? `${table.items} AS i` : `(${keys.text}) AS k CROSS JOIN ${table.items} AS i ON i.key = k.key`
  const conditions: Sql[] = [
    partition('i.pk', query),
    from(query),
    ...(direct && constraint !== undefined ? [onField('i.id', constraint)] : []),
    { text: '(i.expires IS NULL OR i.expires > ?)', values: [query.now] },
  ]
  const sql = `SELECT i.key, i.pk, i.id FROM ${source} WHERE ${conditions.map(({ text }) => text).join(' AND ')} ORDER BY i.pk, i.id`
  const values = [...(keys?.values ?? []), ...conditions.flatMap((condition) => condition.values)]
  return database.prepare(sql).iterate(...values) as unknown as Iterable<Candidate>
}

/** Of conditions that must all hold, keeps the one that the fewest items meet: the others are checked on each of them. */
const narrow = (database: Database, table: ItemTable, query: CandidateQuery, constraint: Constraint): Narrowed => {
  const inner = (part: Constraint): Narrowed => narrow(database, table, query, part)
  if (constraint.kind === 'or') return { kind: 'or', any: constraint.any.map(inner) }
  if (constraint.kind !== 'and') return constraint
  const counted = constraint.all.map(inner).map((part) => {
    const { text, values } = keysOf(part, table, query)
    const sql = `SELECT count(*) AS count FROM (SELECT key FROM (${text}) LIMIT ${mostCounted})`
    return { part, count: Number(database.prepare(sql).get(...values)?.['count']) }
  })
  return counted.reduce((best, next) => (next.count < best.count ? next : best)).part
}

const isOnId = (constraint: Narrowed): constraint is Leaf => constraint.kind !== 'or' && constraint.field === 'id'

const partition = (column: string, { pk, exact }: CandidateQuery): Sql => {
  if (exact) return { text: `${column} = ?`, values: [pk] }
  if (pk === '') return { text: 'TRUE', values: [] }
  return { text: `${column} >= ? AND ${column} < ?`, values: [pk, `${pk}\u{10ffff}`] }
}

const from = ({ from, exact }: CandidateQuery): Sql => {
  if (from === undefined) return { text: 'TRUE', values: [] }
  return exact
    ? { text: 'i.id >= ?', values: [from.id] }
    : { text: '(i.pk, i.id) >= (?, ?)', values: [from.pk, from.id] }
}

const keysOf = (constraint: Narrowed, table: ItemTable, query: CandidateQuery): Sql => {
  if (constraint.kind === 'or') {
    const parts = constraint.any.map((part) => keysOf(part, table, query))
    return {
      text: parts.map(({ text }) => `SELECT key FROM (${text})`).join(' UNION '),
      values: parts.flatMap(({ values }) => values),
    }
  }
  const inPartition = partition('pk', query)
  if (constraint.field === 'id') {
    const condition = onField('id', constraint)
    return {
      text: `SELECT key FROM ${table.items} WHERE ${inPartition.text} AND ${condition.text}`,
      values: [...inPartition.values, ...condition.values],
    }
  }
  const condition = onField('value', constraint)
  return {
    text: `SELECT key FROM ${table.numbers} WHERE path = ? AND ${inPartition.text} AND ${condition.text}`,
    values: [constraint.field, ...inPartition.values, ...condition.values],
  }
}

const onField = (column: string, constraint: Leaf): Sql => {
  if (constraint.kind === 'set') {
    return { text: `${column} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(constraint.values)] }
  }
  const bounds: readonly (readonly [Bound | undefined, string])[] = [
    [constraint.low, '>'],
    [constraint.high, '<'],
  ]
  const given = bounds.flatMap(([bound, sign]) => (bound === undefined ? [] : [{ ...bound, sign }]))
  return {
    text: given.map(({ sign, inclusive }) => `${column} ${sign}${inclusive ? '=' : ''} ?`).join(' AND '),
    values: given.map(({ value }) => value),
  }
}
