/** Writes a syntax tree as text again; what comes out parses to the same tree. */
import type { Expression, Query, Selection, Source } from './ast.ts'

export const printQuery = (query: Query): string => {
  const { distinct, top, select, where, groupBy, orderBy, offset, limit } = query
  return [
    'SELECT',
    ...(distinct ? ['DISTINCT'] : []),
    ...(top === undefined ? [] : ['TOP', printExpression(top)]),
    printSelection(select),
    ...printFrom(query),
    ...(where === undefined ? [] : ['WHERE', printExpression(where)]),
    ...(groupBy.length === 0 ? [] : ['GROUP BY', groupBy.map(printExpression).join(', ')]),
    ...printOrder(orderBy),
    ...(offset === undefined || limit === undefined
      ? []
      : ['OFFSET', printExpression(offset), 'LIMIT', printExpression(limit)]),
  ].join(' ')
}

export const printExpression = (expression: Expression): string => {
  const print = printExpression
  switch (expression.kind) {
    case 'literal':
      return expression.value === undefined ? 'undefined' : JSON.stringify(expression.value)
    case 'parameter':
    case 'variable':
      return expression.name
    case 'property':
      return `${print(expression.of)}[${print(expression.name)}]`
    case 'not':
      return `(NOT ${print(expression.operand)})`
    case 'negate':
      return `(- ${print(expression.operand)})`
    case 'invert':
      return `(~ ${print(expression.operand)})`
    case 'and':
      return `(${expression.operands.map(print).join(' AND ')})`
    case 'or':
      return `(${expression.operands.map(print).join(' OR ')})`
    case 'binary':
      return `(${print(expression.left)} ${expression.operator} ${print(expression.right)})`
    case 'in':
      return `(${print(expression.operand)} IN (${expression.list.map(print).join(', ')}))`
    case 'between':
      return `(${print(expression.operand)} BETWEEN ${print(expression.low)} AND ${print(expression.high)})`
    case 'conditional':
      return `(${print(expression.test)} ? ${print(expression.yes)} : ${print(expression.no)})`
    case 'array':
      return `[${expression.items.map(print).join(', ')}]`
    case 'object':
      return `{${expression.entries.map(([name, value]) => `${JSON.stringify(name)}: ${print(value)}`).join(', ')}}`
    case 'call':
      return `${expression.name}(${expression.arguments.map(print).join(', ')})`
    case 'subquery':
      return `${subqueryWords[expression.as]}(${printQuery(expression.query)})`
  }
}

const subqueryWords = { value: '', exists: 'EXISTS', list: 'ARRAY' }

export const printFrom = ({ sources }: Query): readonly string[] =>
  sources.map((source, index) => `${index === 0 ? 'FROM' : 'JOIN'} ${printSource(source)}`)

export const printOrder = (orderBy: Query['orderBy']): readonly string[] =>
  orderBy.length === 0
    ? []
    : [
        'ORDER BY',
        orderBy
          .map(({ expression, descending }) => `${printExpression(expression)}${descending ? ' DESC' : ''}`)
          .join(', '),
      ]

const printSource = ({ alias, of, each }: Source): string => {
  if (each) return `${alias} IN ${printExpression(of)}`
  return alias === '' ? printExpression(of) : `${printExpression(of)} AS ${alias}`
}

const printSelection = (select: Selection): string => {
  if (select.kind === 'all') return '*'
  if (select.kind === 'value') return `VALUE ${printExpression(select.expression)}`
  return select.items
    .map(([name, expression]) => `${printExpression(expression)} AS ${JSON.stringify(name)}`)
    .join(', ')
}
