/** Reads a query: SELECT ... FROM ... JOIN ... WHERE ... GROUP BY ... ORDER BY ... OFFSET ... LIMIT. */
import { badRequest } from '../errors.ts'
import type { Expression, OrderItem, Query, Selection, Source } from './ast.ts'
import { expressionParser, type ExpressionParser } from './expression-parser.ts'
import { TokenReader } from './token-reader.ts'

/** 512 KB, as in the cloud. */
const maxLength = 512 * 1024
const clauseWords = ['WHERE', 'GROUP', 'ORDER', 'OFFSET', 'LIMIT', 'JOIN']

/** Clients send the same few texts again and again, each twice: for its plan and to be run. */
const kept = new Map<string, Query>()
const mostKept = 200
const longestKept = 4096

/** Throws 400 where the query is wrong, or right and not supported here. */
export const parseQuery = (text: string): Query => {
  const known = kept.get(text)
  if (known !== undefined) return known
  const query = parse(text)
  if (kept.size >= mostKept) kept.clear()
  if (text.length <= longestKept) kept.set(text, query)
  return query
}

const parse = (text: string): Query => {
  if (text.length > maxLength) {
    throw badRequest(`The query has ${text.length} characters; at most ${maxLength} are allowed.`)
  }
  const reader = new TokenReader(text)
  const query = readQuery(reader)
  reader.expect('end')
  return query
}

/** Reads a query, which may be one in parentheses. */
const readQuery = (reader: TokenReader): Query => {
  const parser = expressionParser(reader, () => readQuery(reader))
  reader.expectWord('SELECT')
  const distinct = reader.takeWord('DISTINCT')
  const top = reader.takeWord('TOP') ? readCount(reader) : undefined
  const select = readSelection(reader, parser)
  const sources = reader.takeWord('FROM') ? readSources(reader, parser) : []
  const where = reader.takeWord('WHERE') ? parser.expression() : undefined
  const groupBy = readBy(reader, 'GROUP', () => parser.expression())
  const orderBy = readBy(reader, 'ORDER', () => readOrderItem(reader, parser))
  const offset = reader.takeWord('OFFSET') ? readCount(reader) : undefined
  if (offset !== undefined) reader.expectWord('LIMIT')
  const limit = offset === undefined ? undefined : readCount(reader)
  const query = { select, distinct, top, sources, where, groupBy, orderBy, offset, limit }
  requireSense(query)
  return query
}

const requireSense = (query: Query): void => {
  const { select, sources, groupBy, orderBy, top, offset } = query
  if (groupBy.length > 0 && orderBy.length > 0) throw badRequest('ORDER BY cannot be used together with GROUP BY.')
  if (top !== undefined && offset !== undefined) throw badRequest('TOP cannot be used together with OFFSET LIMIT.')
  if (select.kind !== 'all') return
  if (sources.length === 0) throw badRequest("'SELECT *' is not valid if FROM clause is omitted.")
  if (sources.length > 1) throw badRequest("'SELECT *' is only valid with a single input set.")
  if (groupBy.length > 0) throw badRequest("'SELECT *' cannot be used together with GROUP BY.")
}

const readSources = (reader: TokenReader, parser: ExpressionParser): readonly Source[] => {
  const sources = [readSource(reader, parser)]
  while (reader.takeWord('JOIN')) {
    const source = readSource(reader, parser)
    if (source.alias !== '' && sources.some(({ alias }) => alias === source.alias)) {
      throw badRequest(`The input alias '${source.alias}' is specified more than once in the FROM clause.`)
    }
    sources.push(source)
  }
  return sources
}

/** `alias IN path`, `path [AS alias]` or the same with a subquery in the place of the path. */
const readSource = (reader: TokenReader, parser: ExpressionParser): Source => {
  if (reader.isSymbol('(')) return named(reader, parser.expression())
  const path = parser.path()
  if (!reader.takeWord('IN')) return named(reader, path)
  if (path.kind !== 'variable') return reader.fail()
  return { alias: path.name, of: reader.isSymbol('(') ? parser.expression() : parser.path(), each: true }
}

const named = (reader: TokenReader, of: Expression): Source => {
  const next = reader.nextWord()
  const given = reader.takeWord('AS') || (next !== undefined && !clauseWords.includes(next.toUpperCase()))
  return { alias: given ? reader.expect('word').text : (impliedName(of) ?? ''), of, each: false }
}

const readSelection = (reader: TokenReader, parser: ExpressionParser): Selection => {
  if (reader.takeSymbol('*')) return { kind: 'all' }
  if (reader.takeWord('VALUE')) return { kind: 'value', expression: parser.expression() }
  const items: (readonly [string, Expression])[] = []
  let unnamed = 0
  do {
    const expression = parser.expression()
    const named = reader.takeWord('AS') || !(reader.nextWord() === undefined || reader.isWord('FROM'))
    const name = named ? readName(reader) : impliedName(expression)
    items.push([name ?? `$${(unnamed += 1)}`, expression])
  } while (reader.takeSymbol(','))
  return { kind: 'list', items }
}

const readName = (reader: TokenReader): string => {
  const token = reader.next()
  return token.kind === 'word' || token.kind === 'string' ? token.text : reader.fail(token)
}

/** The name of an expression without AS: its last property, or undefined. */
const impliedName = (expression: Expression): string | undefined => {
  if (expression.kind === 'variable') return expression.name
  if (expression.kind !== 'property' || expression.name.kind !== 'literal') return undefined
  const { value } = expression.name
  return typeof value === 'string' ? value : undefined
}

const readBy = <T>(reader: TokenReader, word: string, read: () => T): readonly T[] => {
  if (!reader.takeWord(word)) return []
  reader.expectWord('BY')
  const items = [read()]
  while (reader.takeSymbol(',')) items.push(read())
  return items
}

const readOrderItem = (reader: TokenReader, parser: ExpressionParser): OrderItem => {
  const expression = parser.expression()
  const descending = reader.takeWord('DESC')
  if (!descending) reader.takeWord('ASC')
  return { expression, descending }
}

/** TOP, OFFSET and LIMIT take a number or a parameter, nothing that would need the end of an expression found. */
const readCount = (reader: TokenReader): Expression => {
  const token = reader.next()
  if (token.kind === 'parameter') return { kind: 'parameter', name: token.text }
  return token.kind === 'number' ? { kind: 'literal', value: Number(token.text) } : reader.fail(token)
}
