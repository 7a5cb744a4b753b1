/** Turns expressions into closures. */
import { badRequest } from '../errors.ts'
import { isArray, isObject, type Json, type JsonObject } from '../json.ts'
import { aggregateNames } from './aggregates.ts'
import type { Expression, Query } from './ast.ts'
import { functionNamed } from './functions.ts'
import { binaryOperator, invert, negate, not } from './operators.ts'
import { equal, type Value } from './values.ts'

/** The values of all aliases in sight, by their slots. */
export type Row = readonly Value[]

/** What an expression is evaluated on: a row and, after grouping, the results of the query's aggregates. */
export interface Scope {
  readonly row: Row
  readonly aggregates?: readonly Value[]
}

export type Evaluate = (scope: Scope) => Value
export type Parameters = ReadonlyMap<string, Value>

/** What all parts of one query share. */
export interface QueryContext {
  readonly parameters: Parameters
  /** Epoch milliseconds. */
  readonly now: number
  /** Compiles a subquery that sees `names`: all its results on a row. */
  readonly subquery: (query: Query, names: Names) => (row: Row) => Iterable<Value>
}

/** Slots by alias, and how many are taken: an alias that an inner one hides keeps its slot. */
export interface Names {
  readonly slots: ReadonlyMap<string, number>
  readonly taken: number
}

export interface Aggregate {
  readonly name: string
  readonly argument: Evaluate
}

/** Compiles the expressions of one query; the aggregates that they name are collected in `aggregates`, in order. */
export class Compiler {
  readonly aggregates: Aggregate[] = []
  readonly #context: QueryContext
  readonly #names: Names

  constructor(context: QueryContext, names: Names) {
    this.#context = context
    this.#names = names
  }

  compile(expression: Expression): Evaluate {
    const compile = (inner: Expression): Evaluate => this.compile(inner)
    switch (expression.kind) {
      case 'literal':
        return always(expression.value)
      case 'parameter':
        return always(this.parameter(expression.name))
      case 'variable':
        return this.#variable(expression.name)
      case 'property':
        return property(compile(expression.of), compile(expression.name))
      case 'not':
        return unary(not, compile(expression.operand))
      case 'negate':
        return unary(negate, compile(expression.operand))
      case 'invert':
        return unary(invert, compile(expression.operand))
      case 'and':
        return logical(expression.operands.map(compile), false)
      case 'or':
        return logical(expression.operands.map(compile), true)
      case 'binary':
        return binary(expression.operator, compile(expression.left), compile(expression.right))
      case 'in':
        return isIn(compile(expression.operand), expression.list.map(compile))
      case 'between': {
        const operand = compile(expression.operand)
        const low = binary('>=', operand, compile(expression.low))
        return logical([low, binary('<=', operand, compile(expression.high))], false)
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
      case 'subquery':
        return this.#subquery(expression.as, this.#context.subquery(expression.query, this.#names))
    }
  }

  /** An object with those of the entries that are defined. */
  object(entries: readonly (readonly [string, Expression])[]): Evaluate {
    const compiled = entries.map(([name, expression]) => [name, this.compile(expression)] as const)
    return (scope) => {
      const result: JsonObject = {}
      for (const [name, evaluate] of compiled) {
        const value = evaluate(scope)
        if (value === undefined) continue
        // Assigning would change what the object inherits instead.
        if (name === '__proto__') Object.defineProperty(result, name, { value, enumerable: true, configurable: true })
        else result[name] = value
      }
      return result
    }
  }

  parameter(name: string): Value {
    const { parameters } = this.#context
    if (!parameters.has(name)) throw badRequest(`The query uses ${name}, but no parameter of that name was sent.`)
    return parameters.get(name)
  }

  #variable(name: string): Evaluate {
    const slot = this.#names.slots.get(name)
    if (slot === undefined) throw badRequest(`Identifier '${name}' could not be resolved.`)
    return ({ row }) => row[slot]
  }

  #call(name: string, values: readonly Evaluate[]): Evaluate {
    if (aggregateNames.has(name)) {
      const [argument] = values
      if (argument === undefined || values.length !== 1) throw badRequest(`${name} takes one argument.`)
      const index = this.aggregates.push({ name, argument }) - 1
      return (scope) => scope.aggregates?.[index]
    }
    const apply = functionNamed(name, values.length, this.#context.now)
    return (scope) => apply(...values.map((value) => value(scope)))
  }

  #subquery(as: 'value' | 'exists' | 'list', results: (row: Row) => Iterable<Value>): Evaluate {
    if (as === 'list') return ({ row }) => [...results(row)] as readonly Json[]
    if (as === 'exists') return ({ row }) => !results(row)[Symbol.iterator]().next().done
    return ({ row }) => onlyValue(results(row))
  }
}

const onlyValue = (results: Iterable<Value>): Value => {
  const [value, ...more] = results
  if (more.length > 0) {
    throw badRequest('The cardinality of a scalar subquery result set cannot be greater than one.')
  }
  return value
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

const unary =
  (apply: (value: Value) => Value, operand: Evaluate): Evaluate =>
  (scope) =>
    apply(operand(scope))

/** AND (`decisive` false) and OR (`decisive` true): one decisive side settles it, whatever the others are. */
const logical =
  (operands: readonly Evaluate[], decisive: boolean): Evaluate =>
  (scope) => {
    let known = true
    for (const operand of operands) {
      const value = operand(scope)
      if (value === decisive) return decisive
      if (value !== !decisive) known = false
    }
    return known ? !decisive : undefined
  }

const binary = (operator: string, left: Evaluate, right: Evaluate): Evaluate => {
  const apply = binaryOperator(operator)
  return (scope) => apply(left(scope), right(scope))
}

const isIn =
  (operand: Evaluate, list: readonly Evaluate[]): Evaluate =>
  (scope) => {
    const value = operand(scope)
    if (value === undefined) return undefined
    return list.some((item) => equal(item(scope), value))
  }
