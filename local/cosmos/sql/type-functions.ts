import type { FunctionEntry } from './built-in.ts'
import { typeName, type Value } from './values.ts'

const isType =
  (...names: readonly string[]) =>
  (value: Value): boolean =>
    names.includes(typeName(value))

export const typeFunctions: readonly FunctionEntry[] = [
  ['IS_DEFINED', 1, 1, (value) => value !== undefined],
  ['IS_NULL', 1, 1, isType('null')],
  ['IS_BOOL', 1, 1, isType('boolean')],
  ['IS_NUMBER', 1, 1, isType('number')],
  ['IS_FINITE_NUMBER', 1, 1, (value) => Number.isFinite(value)],
  ['IS_INTEGER', 1, 1, (value) => Number.isInteger(value)],
  ['IS_STRING', 1, 1, isType('string')],
  ['IS_ARRAY', 1, 1, isType('array')],
  ['IS_OBJECT', 1, 1, isType('object')],
  ['IS_PRIMITIVE', 1, 1, isType('null', 'boolean', 'number', 'string')],
  ['IIF', 3, 3, (test, yes, no) => (test === true ? yes : no)],
]
