/** Operators. A side that is undefined, or of a type that the operator does not take, makes the result undefined. */
import { badRequest } from '../errors.ts'
import { compareValues, equal, isSameType, type Value } from './values.ts'

export type BinaryOperator = (left: Value, right: Value) => Value

export const binaryOperator = (name: string): BinaryOperator => {
  const operator = operators.get(name)
  if (operator === undefined) throw badRequest(`The operator ${name} is not supported by the local Cosmos DB.`)
  return operator
}

export const not = (value: Value): Value => (typeof value === 'boolean' ? !value : undefined)
export const negate = (value: Value): Value => (typeof value === 'number' ? -value : undefined)
export const invert = (value: Value): Value => (typeof value === 'number' ? ~value : undefined)

const compared =
  (holds: (order: number) => boolean): BinaryOperator =>
  (left, right) => {
    const comparable = left !== undefined && isSameType(left, right) && (left === null || typeof left !== 'object')
    return comparable ? holds(compareValues(left, right)) : undefined
  }

const arithmetic =
  (apply: (left: number, right: number) => number): BinaryOperator =>
  (left, right) => {
    if (typeof left !== 'number' || typeof right !== 'number') return undefined
    const result = apply(left, right)
    return Number.isFinite(result) ? result : undefined
  }

const equality =
  (wanted: boolean): BinaryOperator =>
  (left, right) =>
    left !== undefined && isSameType(left, right) ? equal(left, right) === wanted : undefined

const operators: ReadonlyMap<string, BinaryOperator> = new Map([
  ['=', equality(true)],
  ['!=', equality(false)],
  ['<', compared((order) => order < 0)],
  ['<=', compared((order) => order <= 0)],
  ['>', compared((order) => order > 0)],
  ['>=', compared((order) => order >= 0)],
  ['+', arithmetic((left, right) => left + right)],
  ['-', arithmetic((left, right) => left - right)],
  ['*', arithmetic((left, right) => left * right)],
  ['/', arithmetic((left, right) => left / right)],
  ['%', arithmetic((left, right) => left % right)],
  ['&', arithmetic((left, right) => left & right)],
  ['|', arithmetic((left, right) => left | right)],
  ['^', arithmetic((left, right) => left ^ right)],
  ['<<', arithmetic((left, right) => left << right)],
  ['>>', arithmetic((left, right) => left >> right)],
  ['>>>', arithmetic((left, right) => left >>> right)],
  ['||', (left, right) => (typeof left === 'string' && typeof right === 'string' ? left + right : undefined)],
  ['??', (left, right) => (left === undefined ? right : left)],
])
