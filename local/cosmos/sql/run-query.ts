/** Runs a compiled query over a source of documents, page by page. */
import type { JsonObject } from '../json.ts'
import { newAccumulator } from './aggregates.ts'
import type { CompiledQuery } from './compile-query.ts'
import type { LoadedDocument, Scope } from './compile.ts'
import { canonical, compareValues, type Value } from './values.ts'

/** Where documents come from: entries in a fixed order, and each one's document on demand. */
export interface QuerySource<Entry> {
  /** The order of entries is that of the ids. */
  readonly sortedById: boolean
  /** From the start, or from behind an entry. A continuation remembers entries, so they must survive JSON. */
  scan(after: Entry | undefined): Iterable<Entry>
  compare(a: Entry, b: Entry): number
  load(entry: Entry): LoadedDocument | undefined
}

/** Where the next page starts. */
export interface Continuation<Entry> {
  readonly after?: Entry
  /** Of a sorted query: what the last entry was sorted by. Wrapped, because undefined does not survive JSON. */
  readonly values?: readonly { readonly value?: Value }[]
  /** Results before this page, those skipped by OFFSET included. */
  readonly passed: number
}

export interface Page<Entry> {
  /** JSON texts. */
  readonly results: readonly string[]
  readonly next: Continuation<Entry> | undefined
}

export interface PageLimits {
  readonly items: number
  readonly characters: number
}

interface Row<Entry> {
  readonly entry: Entry
  readonly loaded: LoadedDocument
  readonly values?: readonly Value[]
}

export const runQuery = <Entry>(
  query: CompiledQuery,
  source: QuerySource<Entry>,
  limits: PageLimits,
  from: Continuation<Entry> | undefined,
): Page<Entry> => {
  const results: string[] = []
  let passed = from?.passed ?? 0
  let characters = 0
  let last: Omit<Continuation<Entry>, 'passed'> = {}
  const full = (): boolean => results.length >= limits.items || characters >= limits.characters
  const take = (text: string): void => {
    passed += 1
    if (passed <= query.start) return
    results.push(text)
    characters += text.length
  }
  if (query.needsAll) {
    for (const text of wholeResults(query, source).slice(passed)) {
      if (passed >= query.end) break
      if (full()) return { results, next: { passed } }
      take(text)
    }
    return { results, next: undefined }
  }
  for (const { entry, loaded, values } of orderedRows(query, source, from)) {
    if (passed >= query.end) break
    if (full()) return { results, next: { ...last, passed } }
    const text = query.output(loaded)
    if (text !== undefined) take(text)
    last = { after: entry, ...(values && { values: values.map(wrap) }) }
  }
  return { results, next: undefined }
}

const orderedRows = <Entry>(
  query: CompiledQuery,
  source: QuerySource<Entry>,
  from: Continuation<Entry> | undefined,
): Iterable<Row<Entry>> => {
  const asScanned = query.orderBy.length === 0 || (query.ordersById && source.sortedById)
  return asScanned ? scannedRows(query, source, from?.after) : sortedRows(query, source, from)
}

function* scannedRows<Entry>(
  query: CompiledQuery,
  source: QuerySource<Entry>,
  after: Entry | undefined,
): Generator<Row<Entry>> {
  for (const entry of source.scan(after)) {
    const loaded = source.load(entry)
    if (loaded !== undefined && query.matches(loaded.document)) yield { entry, loaded }
  }
}

/** Sorts all that matches, keeping no documents meanwhile, and goes on behind the last entry, which may be gone. */
function* sortedRows<Entry>(
  query: CompiledQuery,
  source: QuerySource<Entry>,
  from: Continuation<Entry> | undefined,
): Generator<Row<Entry>> {
  type Sorted = { readonly entry: Entry; readonly values: readonly Value[] }
  const compare = (a: Sorted, b: Sorted): number =>
    compareSorted(query, a.values, b.values) || source.compare(a.entry, b.entry)
  const last =
    from?.after === undefined ? undefined : { entry: from.after, values: from.values?.map(({ value }) => value) ?? [] }
  const found: Sorted[] = []
  for (const { entry, loaded } of scannedRows(query, source, undefined)) {
    const row = { entry, values: query.orderBy.map(({ evaluate }) => evaluate({ document: loaded.document })) }
    if (last === undefined || compare(row, last) > 0) found.push(row)
  }
  for (const { entry, values } of found.sort(compare)) {
    const loaded = source.load(entry)
    if (loaded !== undefined) yield { entry, loaded, values }
  }
}

const compareSorted = (query: CompiledQuery, a: readonly Value[], b: readonly Value[]): number => {
  for (const [index, { descending }] of query.orderBy.entries()) {
    const order = compareValues(a[index], b[index])
    if (order !== 0) return descending ? -order : order
  }
  return 0
}

/** Aggregates, groups and DISTINCT need to see everything before the first result is known. */
const wholeResults = <Entry>(query: CompiledQuery, source: QuerySource<Entry>): readonly string[] => {
  const results = new Map<string, string>()
  const add = (scope: Scope): void => {
    const value = query.select(scope)
    if (value !== undefined) results.set(query.distinct ? canonical(value) : `${results.size}`, JSON.stringify(value))
  }
  const rows = orderedRows(query, source, undefined)
  if (query.isGrouped) for (const scope of groups(query, rows)) add(scope)
  else for (const { loaded } of rows) add(loaded)
  return [...results.values()]
}

/** One scope a group: its first document and the results of its aggregates. Without GROUP BY all is one group. */
const groups = <Entry>(query: CompiledQuery, rows: Iterable<Row<Entry>>): readonly Scope[] => {
  const newGroup = (document: JsonObject) => ({
    document,
    accumulators: query.aggregates.map(({ name }) => newAccumulator(name)),
  })
  const found = new Map(query.groupBy.length === 0 ? [['', newGroup({})]] : [])
  for (const { loaded } of rows) {
    const key = query.groupBy.map((evaluate) => canonical(evaluate(loaded))).join()
    let group = found.get(key)
    if (group === undefined) found.set(key, (group = newGroup(loaded.document)))
    for (const [index, { argument }] of query.aggregates.entries()) group.accumulators[index]?.add(argument(loaded))
  }
  return [...found.values()].map(({ document, accumulators }) => ({
    document,
    aggregates: accumulators.map((accumulator) => accumulator.result()),
  }))
}

const wrap = (value: Value): { readonly value?: Value } => (value === undefined ? {} : { value })
