/** Turns expressions into closures. */
import { badRequest } from '../errors.ts'
import { isArray, isObject, type JsonObject } from '../json.ts'
import { aggregateNames } from './aggregates.ts'
import type { Expression } from './ast.ts'
import { functions } from './functions.ts'
import { compareValues, equal, isSameType, type Value } from './values.ts'

/** What an expression is evaluated on: a document and, after grouping, the results of the query's aggregates. */
export interface Scope {
  readonly document: JsonObject
  readonly aggregates?: readonly Value[]
}

export interface LoadedDocument {
  readonly document: JsonObject
  /** The document as JSON. */
  readonly text: string
}

export type Evaluate = (scope: Scope) => Value
export type Parameters = ReadonlyMap<string, Value>

export interface Aggregate {
  readonly name: string
  readonly argument: Evaluate
}

/** Compiles one query's expressions; the aggregates that they name are collected in `aggregates`, in order. */
export class Compiler {
  readonly aggregates: Aggregate[] = []
  readonly #parameters: Parameters

  constructor(parameters: Parameters) {
    this.#parameters = parameters
  }

  compile(expression: Expression): Evaluate {
    const compile = (inner: Expression): Evaluate => this.compile(inner)
    switch (expression.kind) {
      case 'literal':
        return always(expression.value)
      case 'parameter':
        return always(this.parameter(expression.name))
      case 'root':
        return (scope) => scope.document
      case 'property':
        return property(compile(expression.of), compile(expression.name))
      case 'not':
        return not(compile(expression.operand))
      case 'negate': {
        const operand = compile(expression.operand)
        return (scope) => negate(operand(scope))
      }
      case 'and':
        return logical(compile(expression.left), compile(expression.right), false)
      case 'or':
        return logical(compile(expression.left), compile(expression.right), true)
      case 'binary':
        return binary(expression.operator, compile(expression.left), compile(expression.right))
      case 'in':
        return isIn(compile(expression.operand), expression.list.map(compile))
      case 'between': {
        const operand = compile(expression.operand)
        const low = binary('>=', operand, compile(expression.low))
        return logical(low, binary('<=', operand, compile(expression.high)), false)
      }
      case 'conditional': {
        const [test, yes, no] = [compile(expression.test), compile(expression.yes), compile(expression.no)]
        return (scope) => (test(scope) === true ? yes(scope) : no(scope))
      }
      case 'array': {
        const items = expression.items.map(compile)
        return (scope) => items.map((item) => item(scope)).filter((value) => value !== undefined)
      }
      case 'object':
        return this.object(expression.entries)
      case 'call':
        return this.#call(expression.name, expression.arguments.map(compile))
    }
  }

  /** An object with those of the entries that are defined. */
  object(entries: readonly (readonly [string, Expression])[]): Evaluate {
    const compiled = entries.map(([name, expression]) => [name, this.compile(expression)] as const)
    return (scope) => {
      const result: JsonObject = {}
      for (const [name, evaluate] of compiled) {
        const value = evaluate(scope)
        if (value !== undefined) result[name] = value
      }
      return result
    }
  }

  parameter(name: string): Value {
    if (!this.#parameters.has(name)) throw badRequest(`The query uses ${name}, but no parameter of that name was sent.`)
    return this.#parameters.get(name)
  }

  #call(name: string, values: readonly Evaluate[]): Evaluate {
    if (aggregateNames.has(name)) {
      const [argument] = values
      if (argument === undefined || values.length !== 1) throw badRequest(`${name} takes one argument.`)
      const index = this.aggregates.push({ name, argument }) - 1
      return (scope) => scope.aggregates?.[index]
    }
    const apply = functions.get(name)
    if (apply === undefined) throw badRequest(`The function ${name} is not supported by the local Cosmos DB.`)
    return (scope) => apply(...values.map((value) => value(scope)))
  }
}

const always =
  (value: Value): Evaluate =>
  () =>
    value

const property =
  (of: Evaluate, name: Evaluate): Evaluate =>
  (scope) => {
    const parent = of(scope)
    const key = name(scope)
    if (typeof key === 'number') return isArray(parent) ? parent[key] : undefined
    return typeof key === 'string' && isObject(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined
  }

const negate = (value: Value): Value => (typeof value === 'number' ? -value : undefined)

const not =
  (operand: Evaluate): Evaluate =>
  (scope) => {
    const value = operand(scope)
    return typeof value === 'boolean' ? !value : undefined
  }

/** AND (`decisive` false) and OR (`decisive` true): one decisive side settles it, whatever the other is. */
const logical =
  (left: Evaluate, right: Evaluate, decisive: boolean): Evaluate =>
  (scope) => {
    const first = left(scope)
    if (first === decisive) return decisive
    const second = right(scope)
    if (second === decisive) return decisive
    return first === !decisive && second === !decisive ? !decisive : undefined
  }

const binary = (operator: string, left: Evaluate, right: Evaluate): Evaluate => {
  const apply = operators.get(operator)
  if (apply === undefined) throw badRequest(`The operator ${operator} is not supported by the local Cosmos DB.`)
  return (scope) => apply(left(scope), right(scope))
}

const compared =
  (holds: (order: number) => boolean): ((left: Value, right: Value) => Value) =>
  (left, right) => {
    const comparable = left !== undefined && isSameType(left, right) && (left === null || typeof left !== 'object')
    return comparable ? holds(compareValues(left, right)) : undefined
  }

const arithmetic =
  (apply: (left: number, right: number) => number): ((left: Value, right: Value) => Value) =>
  (left, right) => {
    if (typeof left !== 'number' || typeof right !== 'number') return undefined
    const result = apply(left, right)
    return Number.isFinite(result) ? result : undefined
  }

const equality =
  (wanted: boolean): ((left: Value, right: Value) => Value) =>
  (left, right) =>
    left !== undefined && isSameType(left, right) ? equal(left, right) === wanted : undefined

const operators: ReadonlyMap<string, (left: Value, right: Value) => Value> = new Map([
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
  ['||', (left, right) => (typeof left === 'string' && typeof right === 'string' ? left + right : undefined)],
  ['??', (left, right) => (left === undefined ? right : left)],
])

const isIn =
  (operand: Evaluate, list: readonly Evaluate[]): Evaluate =>
  (scope) => {
    const value = operand(scope)
    if (value === undefined) return undefined
    return list.some((item) => equal(item(scope), value))
  }
