/** Reads a query: SELECT ... FROM ... WHERE ... GROUP BY ... ORDER BY ... OFFSET ... LIMIT. */
import { badRequest } from '../errors.ts'
import type { Expression, OrderItem, Query, Selection } from './ast.ts'
import { impliedName, parseExpression } from './expression-parser.ts'
import { TokenReader } from './token-reader.ts'

const clauseWords = ['WHERE', 'GROUP', 'ORDER', 'OFFSET', 'LIMIT', 'JOIN', 'IN']

/** Throws 400 where the query is wrong, or right and not supported here. */
export const parseQuery = (text: string): Query => {
  const reader = new TokenReader(text)
  // SELECT may use the alias before FROM has named it.
  const alias = reader.atFrom((found) => (found ? readFrom(reader) : ''))
  reader.expectWord('SELECT')
  const distinct = reader.takeWord('DISTINCT')
  const top = reader.takeWord('TOP') ? parseExpression(reader, alias) : undefined
  const select = readSelection(reader, alias)
  if (alias !== '') readFrom(reader)
  const where = reader.takeWord('WHERE') ? parseExpression(reader, alias) : undefined
  const groupBy = readBy(reader, 'GROUP', () => parseExpression(reader, alias))
  const orderBy = readBy(reader, 'ORDER', () => readOrderItem(reader, alias))
  const offset = reader.takeWord('OFFSET') ? parseExpression(reader, alias) : undefined
  if (offset !== undefined) reader.expectWord('LIMIT')
  const limit = offset === undefined ? undefined : parseExpression(reader, alias)
  reader.expect('end')
  if (groupBy.length > 0 && orderBy.length > 0) throw badRequest('ORDER BY cannot be used together with GROUP BY.')
  if (top !== undefined && offset !== undefined) throw badRequest('TOP cannot be used together with OFFSET LIMIT.')
  return { select, distinct, top, where, groupBy, orderBy, offset, limit }
}

/** Reads FROM with its alias and returns the alias. */
const readFrom = (reader: TokenReader): string => {
  reader.expectWord('FROM')
  const collection = reader.expect('word').text
  reader.takeWord('AS')
  const next = reader.nextWord()
  const named = next !== undefined && !clauseWords.includes(next.toUpperCase())
  const alias = named ? reader.next().text : collection
  if (reader.isWord('JOIN') || reader.isWord('IN')) {
    throw badRequest('JOIN and IN in FROM are not supported by the local Cosmos DB.')
  }
  return alias
}

const readSelection = (reader: TokenReader, alias: string): Selection => {
  if (reader.takeSymbol('*')) return { kind: 'all' }
  if (reader.takeWord('VALUE')) return { kind: 'value', expression: parseExpression(reader, alias) }
  const items: (readonly [string, Expression])[] = []
  let unnamed = 0
  do {
    const expression = parseExpression(reader, alias)
    const named = reader.takeWord('AS') || !(reader.nextWord() === undefined || reader.isWord('FROM'))
    const name = named ? reader.expect('word').text : impliedName(expression, alias)
    items.push([name ?? `$${(unnamed += 1)}`, expression])
  } while (reader.takeSymbol(','))
  return { kind: 'list', items }
}

const readBy = <T>(reader: TokenReader, word: string, read: () => T): readonly T[] => {
  if (!reader.takeWord(word)) return []
  reader.expectWord('BY')
  const items = [read()]
  while (reader.takeSymbol(',')) items.push(read())
  return items
}

const readOrderItem = (reader: TokenReader, alias: string): OrderItem => {
  const expression = parseExpression(reader, alias)
  const descending = reader.takeWord('DESC')
  if (!descending) reader.takeWord('ASC')
  return { expression, descending }
}
