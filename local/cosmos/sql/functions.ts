/** Built-in functions. An argument of a type that a function does not take makes the result undefined. */
import { isArray, isObject } from '../json.ts'
import { equal, typeName, type Value } from './values.ts'

type Function = (...values: readonly Value[]) => Value

const onStrings =
  (apply: (text: string, other: string) => Value): Function =>
  (text, other, ignoreCase) => {
    if (typeof text !== 'string' || typeof other !== 'string') return undefined
    return ignoreCase === true ? apply(text.toLowerCase(), other.toLowerCase()) : apply(text, other)
  }

const onString =
  (apply: (text: string) => Value): Function =>
  (text) =>
    typeof text === 'string' ? apply(text) : undefined

const onNumber =
  (apply: (number: number) => number): Function =>
  (number) =>
    typeof number === 'number' ? apply(number) : undefined

const isType =
  (...names: readonly string[]): Function =>
  (value) =>
    names.includes(typeName(value))

/** By upper-case name. */
export const functions: ReadonlyMap<string, Function> = new Map<string, Function>([
  ['IS_DEFINED', (value) => value !== undefined],
  ['IS_NULL', isType('null')],
  ['IS_BOOL', isType('boolean')],
  ['IS_NUMBER', isType('number')],
  ['IS_STRING', isType('string')],
  ['IS_ARRAY', isType('array')],
  ['IS_OBJECT', isType('object')],
  ['IS_PRIMITIVE', isType('null', 'boolean', 'number', 'string')],
  ['STARTSWITH', onStrings((text, start) => text.startsWith(start))],
  ['ENDSWITH', onStrings((text, end) => text.endsWith(end))],
  ['CONTAINS', onStrings((text, part) => text.includes(part))],
  ['STRINGEQUALS', onStrings((text, other) => text === other)],
  ['INDEX_OF', onStrings((text, part) => text.indexOf(part))],
  ['LIKE', onStrings((text, pattern) => likePattern(pattern).test(text))],
  ['LOWER', onString((text) => text.toLowerCase())],
  ['UPPER', onString((text) => text.toUpperCase())],
  ['TRIM', onString((text) => text.trim())],
  ['LENGTH', onString((text) => text.length)],
  ['SUBSTRING', substring],
  ['CONCAT', (...texts) => (texts.every((text) => typeof text === 'string') ? texts.join('') : undefined)],
  ['TOSTRING', (value) => (value === undefined || typeof value === 'string' ? value : JSON.stringify(value))],
  ['ABS', onNumber(Math.abs)],
  ['FLOOR', onNumber(Math.floor)],
  ['CEILING', onNumber(Math.ceil)],
  ['ROUND', onNumber(Math.round)],
  ['ARRAY_LENGTH', (list) => (isArray(list) ? list.length : undefined)],
  ['ARRAY_CONTAINS', arrayContains],
])

function substring(text: Value, start: Value, length: Value): Value {
  if (typeof text !== 'string' || typeof start !== 'number' || typeof length !== 'number') return undefined
  return text.slice(Math.max(start, 0), Math.max(start, 0) + Math.max(length, 0))
}

/** `partial`: an object counts as contained where all its properties match those of an element. */
function arrayContains(list: Value, wanted: Value, partial: Value): Value {
  if (!isArray(list) || wanted === undefined) return undefined
  if (partial !== true || !isObject(wanted)) return list.some((item) => equal(item, wanted))
  return list.some((item) => isObject(item) && Object.keys(wanted).every((name) => equal(item[name], wanted[name])))
}

/** `%`: any text, `_`: any character. */
const likePattern = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
      .replaceAll('%', '[^]*')
      .replaceAll('_', '[^]')}$`,
  )
