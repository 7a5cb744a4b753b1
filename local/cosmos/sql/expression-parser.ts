/** Reads expressions, loosest operator first. */
import { propertyPath, type Expression } from './ast.ts'
import type { TokenReader } from './token-reader.ts'

const constants: Readonly<Record<string, null | boolean | undefined>> = {
  TRUE: true,
  FALSE: false,
  NULL: null,
  UNDEFINED: undefined,
}

const comparisons = ['=', '!=', '<>', '<=', '>=', '<', '>']
const binaryLevels = [['||'], ['+', '-'], ['*', '/', '%']]

/** `alias`: the name that FROM gives to the document. */
export const parseExpression = (reader: TokenReader, alias: string): Expression => {
  const expression = (): Expression => {
    const test = coalesce()
    if (!reader.takeSymbol('?')) return test
    const yes = expression()
    reader.expectSymbol(':')
    return { kind: 'conditional', test, yes, no: expression() }
  }

  const coalesce = (): Expression => {
    const left = or()
    return reader.takeSymbol('??') ? { kind: 'binary', operator: '??', left, right: coalesce() } : left
  }

  const or = (): Expression => {
    let left = and()
    while (reader.takeWord('OR')) left = { kind: 'or', left, right: and() }
    return left
  }

  const and = (): Expression => {
    let left = not()
    while (reader.takeWord('AND')) left = { kind: 'and', left, right: not() }
    return left
  }

  const not = (): Expression => (reader.takeWord('NOT') ? { kind: 'not', operand: not() } : comparison())

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
    if (reader.takeWord('LIKE')) return { kind: 'call', name: 'LIKE', arguments: [operand, binary(0)] }
    return undefined
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
    if (reader.takeSymbol('-')) return { kind: 'negate', operand: unary() }
    let value = primary()
    for (;;) {
      if (reader.takeSymbol('.')) {
        value = { kind: 'property', of: value, name: { kind: 'literal', value: reader.expect('word').text } }
      } else if (reader.takeSymbol('[')) {
        value = { kind: 'property', of: value, name: expression() }
        reader.expectSymbol(']')
      } else return value
    }
  }

  const primary = (): Expression => {
    if (reader.takeSymbol('(')) {
      const inner = expression()
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
    if (reader.takeSymbol('(')) return { kind: 'call', name: token.text.toUpperCase(), arguments: list(')') }
    if (token.text === alias) return { kind: 'root' }
    const name = token.text.toUpperCase()
    return Object.hasOwn(constants, name) ? { kind: 'literal', value: constants[name] } : reader.fail(token)
  }

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

  return expression()
}

/** The name of a selected expression without AS: its last property, or undefined. */
export const impliedName = (expression: Expression, alias: string): string | undefined =>
  expression.kind === 'root' ? alias : propertyPath(expression)?.at(-1)
