/** Runs a compiled query over a source of documents, page by page. */
import type { JsonObject } from '../json.ts'
import type { CompiledQuery } from './compile-query.ts'
import type { Row } from './compile.ts'
import { compareSorted, valuesOf } from './select.ts'
import type { Value } from './values.ts'

export interface LoadedDocument {
  readonly document: JsonObject
  /** The document as JSON. */
  readonly text: string
}

/** Where documents come from: entries in a fixed order, and each one's document on demand. */
export interface QuerySource<Entry> {
  /** The order of entries is that of the ids. */
  readonly sortedById: boolean
  /** From the start, or from an entry on. A continuation remembers entries, so they must survive JSON. */
  scan(from: Entry | undefined): Iterable<Entry>
  compare(a: Entry, b: Entry): number
  load(entry: Entry): LoadedDocument | undefined
}

/** Where the next page starts: behind row `index` of the document at `after`, or behind `passed` results. */
export interface Continuation<Entry> {
  readonly after?: Entry
  readonly index?: number
  /** Of a sorted query: what the last row was sorted by. Wrapped, because undefined does not survive JSON. */
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

interface FoundRow<Entry> {
  readonly entry: Entry
  /** Among the rows of its document. */
  readonly index: number
  readonly row: Row
  readonly text: string
  readonly values?: readonly Value[]
}

/** Longer sort values would not fit into a header: such a page is found again by the number of results before it. */
const maxValuesLength = 2048

export const runQuery = <Entry>(
  query: CompiledQuery,
  source: QuerySource<Entry>,
  limits: PageLimits,
  from: Continuation<Entry> | undefined,
): Page<Entry> => {
  const { start, end } = query.select
  const results: string[] = []
  let passed = from?.after === undefined ? 0 : from.passed
  let characters = 0
  let last: Omit<Continuation<Entry>, 'passed'> = {}
  const skipped = from?.after === undefined ? (from?.passed ?? 0) : 0
  const full = (): boolean => results.length >= limits.items || characters >= limits.characters
  for (const { text, place } of outputs(query, source, from)) {
    if (passed >= end) break
    if (full()) return { results, next: { ...last, passed } }
    if (text !== undefined) {
      passed += 1
      if (passed > start && passed > skipped) {
        results.push(text)
        characters += text.length
      }
    }
    last = place
  }
  return { results, next: undefined }
}

interface Output<Entry> {
  readonly text: string | undefined
  /** What a continuation behind this output says; empty: only counting finds it again. */
  readonly place: Omit<Continuation<Entry>, 'passed'>
}

function* outputs<Entry>(
  query: CompiledQuery,
  source: QuerySource<Entry>,
  from: Continuation<Entry> | undefined,
): Generator<Output<Entry>> {
  if (query.syntax.sources.length === 0) {
    for (const value of valuesOf(query.select, query.select.rows([{}]))) {
      yield { text: JSON.stringify(value), place: {} }
    }
  } else if (query.needsAll) {
    for (const value of valuesOf(query.select, allRows(query, source))) {
      yield { text: JSON.stringify(value), place: {} }
    }
  } else {
    for (const { entry, index, row, text, values } of orderedRows(query, source, from)) {
      yield { text: query.output(row, text), place: placeOf(entry, index, values) }
    }
  }
}

const placeOf = <Entry>(
  entry: Entry,
  index: number,
  values: readonly Value[] | undefined,
): Omit<Continuation<Entry>, 'passed'> => {
  if (values === undefined) return { after: entry, index }
  const wrapped = values.map((value) => (value === undefined ? {} : { value }))
  return JSON.stringify(wrapped).length > maxValuesLength ? {} : { after: entry, index, values: wrapped }
}

function* allRows<Entry>(query: CompiledQuery, source: QuerySource<Entry>): Generator<Row> {
  for (const { row } of scannedRows(query, source, undefined)) yield row
}

const orderedRows = <Entry>(
  query: CompiledQuery,
  source: QuerySource<Entry>,
  from: Continuation<Entry> | undefined,
): Iterable<FoundRow<Entry>> => {
  const asScanned = query.select.orderBy.length === 0 || (query.ordersById && source.sortedById)
  return asScanned ? scannedRows(query, source, from) : sortedRows(query, source, from)
}

function* scannedRows<Entry>(
  query: CompiledQuery,
  source: QuerySource<Entry>,
  from: Continuation<Entry> | undefined,
): Generator<FoundRow<Entry>> {
  const { after, index: afterIndex = 0 } = from ?? {}
  for (const entry of source.scan(after)) {
    // Rows of the document at the continuation that are on earlier pages.
    const passed = after !== undefined && source.compare(entry, after) === 0 ? afterIndex + 1 : 0
    if (passed > 0 && query.oneRowEach) continue
    const loaded = source.load(entry)
    if (loaded === undefined) continue
    let index = 0
    for (const row of query.select.rows([loaded.document])) {
      if (index >= passed) yield { entry, index, row, text: loaded.text }
      index += 1
    }
  }
}

/** Sorts all that matches, keeping no documents meanwhile, and goes on behind the last row, which may be gone. */
function* sortedRows<Entry>(
  query: CompiledQuery,
  source: QuerySource<Entry>,
  from: Continuation<Entry> | undefined,
): Generator<FoundRow<Entry>> {
  type Sorted = { readonly entry: Entry; readonly index: number; readonly values: readonly Value[] }
  const { orderBy } = query.select
  const compare = (a: Sorted, b: Sorted): number =>
    compareSorted(orderBy, a.values, b.values) || source.compare(a.entry, b.entry) || a.index - b.index
  const last = from?.after === undefined ? undefined : lastOf(from, from.after)
  const found: Sorted[] = []
  for (const { entry, index, row } of scannedRows(query, source, undefined)) {
    const sorted = { entry, index, values: orderBy.map(({ evaluate }) => evaluate({ row })) }
    if (last === undefined || compare(sorted, last) > 0) found.push(sorted)
  }
  for (const { entry, index, values } of found.sort(compare)) {
    const loaded = source.load(entry)
    const row = loaded && rowAt(query.select.rows([loaded.document]), index)
    if (row !== undefined) yield { entry, index, row, text: loaded?.text ?? '', values }
  }
}

const lastOf = <Entry>({ index = 0, values = [] }: Continuation<Entry>, entry: Entry) => ({
  entry,
  index,
  values: values.map(({ value }) => value),
})

const rowAt = (rows: Iterable<Row>, index: number): Row | undefined => {
  let at = 0
  for (const row of rows) {
    if (at === index) return row
    at += 1
  }
  return undefined
}
