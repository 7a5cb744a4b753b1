/** Reads expressions, loosest operator first. */
import type { Expression, Query } from './ast.ts'
import type { TokenReader } from './token-reader.ts'

const constants: Readonly<Record<string, null | boolean | undefined>> = {
  TRUE: true,
  FALSE: false,
  NULL: null,
  UNDEFINED: undefined,
}

const comparisons = ['=', '!=', '<>', '<=', '>=', '<', '>']
const binaryLevels = [['||'], ['|'], ['^'], ['&'], ['<<', '>>>', '>>'], ['+', '-'], ['*', '/', '%']]
const signs: ReadonlyMap<string, 'negate' | 'invert'> = new Map([
  ['-', 'negate'],
  ['~', 'invert'],
])

export interface ExpressionParser {
  expression(): Expression
  /** An alias with properties, as FROM and JOIN take it. */
  path(): Expression
}

/** `query` reads a subquery up to its closing parenthesis. */
export const expressionParser = (reader: TokenReader, query: () => Query): ExpressionParser => {
  const expression = (): Expression => {
    reader.enter()
    const test = coalesce()
    const read = reader.takeSymbol('?') ? conditional(test) : test
    reader.leave()
    return read
  }

  const conditional = (test: Expression): Expression => {
    const yes = expression()
    reader.expectSymbol(':')
    return { kind: 'conditional', test, yes, no: expression() }
  }

  const coalesce = (): Expression => {
    let left = or()
    while (reader.takeSymbol('??')) left = { kind: 'binary', operator: '??', left, right: or() }
    return left
  }

  const or = (): Expression => chain('or', 'OR', and)
  const and = (): Expression => chain('and', 'AND', not)

  const chain = (kind: 'and' | 'or', word: string, operand: () => Expression): Expression => {
    const first = operand()
    if (!reader.isWord(word)) return first
    const operands = [first]
    while (reader.takeWord(word)) operands.push(operand())
    return { kind, operands }
  }

  const not = (): Expression => {
    let count = 0
    while (reader.takeWord('NOT')) count += 1
    let read = comparison()
    for (; count > 0; count -= 1) read = { kind: 'not', operand: read }
    return read
  }

  const comparison = (): Expression => {
    const left = binary(0)
    for (const operator of comparisons) {
      if (reader.takeSymbol(operator)) {
        return { kind: 'binary', operator: operator === '<>' ? '!=' : operator, left, right: binary(0) }
      }
    }
    const negated = reader.takeWord('NOT')
    const positive = predicate(left)
    if (positive === undefined && negated) reader.fail()
    return positive === undefined ? left : negated ? { kind: 'not', operand: positive } : positive
  }

  const predicate = (operand: Expression): Expression | undefined => {
    if (reader.takeWord('IN')) {
      reader.expectSymbol('(')
      return { kind: 'in', operand, list: list(')') }
    }
    if (reader.takeWord('BETWEEN')) {
      const low = binary(0)
      reader.expectWord('AND')
      return { kind: 'between', operand, low, high: binary(0) }
    }
    if (!reader.takeWord('LIKE')) return undefined
    const pattern = binary(0)
    const escape = reader.takeWord('ESCAPE') ? [binary(0)] : []
    return { kind: 'call', name: 'LIKE', arguments: [operand, pattern, ...escape] }
  }

  const binary = (level: number): Expression => {
    const operators = binaryLevels[level]
    if (operators === undefined) return unary()
    let left = binary(level + 1)
    for (;;) {
      const operator = operators.find((symbol) => reader.takeSymbol(symbol))
      if (operator === undefined) return left
      left = { kind: 'binary', operator, left, right: binary(level + 1) }
    }
  }

  const unary = (): Expression => {
    const applied: ('negate' | 'invert')[] = []
    for (;;) {
      const sign = [...signs.keys()].find((symbol) => reader.takeSymbol(symbol))
      if (sign === undefined) break
      applied.unshift(signs.get(sign) ?? 'negate')
    }
    return applied.reduce<Expression>((operand, kind) => ({ kind, operand }), properties(primary()))
  }

  const properties = (of: Expression): Expression => {
    let value = of
    for (;;) {
      if (reader.takeSymbol('.')) {
        value = { kind: 'property', of: value, name: { kind: 'literal', value: reader.expect('word').text } }
      } else if (reader.takeSymbol('[')) {
        value = { kind: 'property', of: value, name: expression() }
        reader.expectSymbol(']')
      } else return value
    }
  }

  const path = (): Expression => properties({ kind: 'variable', name: reader.expect('word').text })

  const primary = (): Expression => {
    if (reader.takeSymbol('(')) {
      const inner = reader.isWord('SELECT') ? subquery('value') : expression()
      reader.expectSymbol(')')
      return inner
    }
    if (reader.takeSymbol('[')) return { kind: 'array', items: list(']') }
    if (reader.takeSymbol('{')) return { kind: 'object', entries: entries() }
    const token = reader.next()
    if (token.kind === 'number') return { kind: 'literal', value: Number(token.text) }
    if (token.kind === 'string') return { kind: 'literal', value: token.text }
    if (token.kind === 'parameter') return { kind: 'parameter', name: token.text }
    if (token.kind !== 'word') return reader.fail(token)
    const name = token.text.toUpperCase()
    if (reader.takeSymbol('(')) return call(name)
    return Object.hasOwn(constants, name)
      ? { kind: 'literal', value: constants[name] }
      : { kind: 'variable', name: token.text }
  }

  const call = (name: string): Expression => {
    if ((name !== 'EXISTS' && name !== 'ARRAY') || !reader.isWord('SELECT')) {
      return { kind: 'call', name, arguments: list(')') }
    }
    const inner = subquery(name === 'EXISTS' ? 'exists' : 'list')
    reader.expectSymbol(')')
    return inner
  }

  const subquery = (as: 'value' | 'exists' | 'list'): Expression => ({ kind: 'subquery', as, query: query() })

  const list = (end: string): readonly Expression[] => {
    const items: Expression[] = []
    while (!reader.takeSymbol(end)) {
      if (items.length > 0) reader.expectSymbol(',')
      items.push(expression())
    }
    return items
  }

  const entries = (): readonly (readonly [string, Expression])[] => {
    const found: (readonly [string, Expression])[] = []
    while (!reader.takeSymbol('}')) {
      if (found.length > 0) reader.expectSymbol(',')
      const name = reader.next()
      if (name.kind !== 'string' && name.kind !== 'word') reader.fail(name)
      reader.expectSymbol(':')
      found.push([name.text, expression()])
    }
    return found
  }

  return { expression, path }
}
