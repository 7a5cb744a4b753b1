import { isArray, isObject, type Json } from '../json.ts'
import type { BuiltIn, FunctionEntry } from './built-in.ts'
import { canonical, compareValues, equal, type Value } from './values.ts'

/** `partial`: an object counts as contained where all its properties match those of an element. */
const contains = (list: Value, wanted: Value, partial?: Value): boolean | undefined => {
  if (!isArray(list) || wanted === undefined) return undefined
  if (partial !== true || !isObject(wanted)) return list.some((item) => equal(item, wanted))
  return list.some(
    (item) =>
      isObject(item) &&
      Object.keys(wanted).every((name) => Object.hasOwn(item, name) && equal(item[name], wanted[name])),
  )
}

const slice = (list: Value, start: Value, length: Value): Value => {
  if (!isArray(list) || typeof start !== 'number') return undefined
  if (length === undefined) return list.slice(start)
  if (typeof length !== 'number') return undefined
  const from = start < 0 ? Math.max(list.length + start, 0) : start
  return list.slice(from, from + Math.max(length, 0))
}

const onNumbers =
  (apply: (numbers: readonly number[]) => Value): BuiltIn =>
  (list) =>
    isArray(list) && list.every((item) => typeof item === 'number') ? apply(list) : undefined

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

const median = (numbers: readonly number[]): Value => {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const high = sorted[middle]
  const low = sorted[middle - 1]
  return high === undefined || sorted.length % 2 === 1 || low === undefined ? high : (low + high) / 2
}

const extreme =
  (sign: 1 | -1): BuiltIn =>
  (list) =>
    isArray(list) ? list.toSorted((a, b) => sign * compareValues(a, b))[0] : undefined

/** Sets by value, in the order of their first appearance. */
const onSets =
  (apply: (left: ReadonlyMap<string, Json>, right: ReadonlyMap<string, Json>) => Value): BuiltIn =>
  (left, right) =>
    isArray(left) && isArray(right) ? apply(setOf(left), setOf(right)) : undefined

const setOf = (list: readonly Json[]): ReadonlyMap<string, Json> => {
  const set = new Map<string, Json>()
  for (const item of list) {
    const key = canonical(item)
    if (!set.has(key)) set.set(key, item)
  }
  return set
}

const without = (set: ReadonlyMap<string, Json>, other: ReadonlyMap<string, Json>): readonly Json[] =>
  [...set].filter(([key]) => !other.has(key)).map(([, item]) => item)

const pairs = (value: Value, nameAs: Value = 'k', valueAs: Value = 'v'): Value => {
  if (!isObject(value) || typeof nameAs !== 'string' || typeof valueAs !== 'string') return undefined
  return Object.entries(value).map(([name, inner]) => ({ [nameAs]: name, [valueAs]: inner }))
}

export const arrayFunctions: readonly FunctionEntry[] = [
  ['ARRAY_LENGTH', 1, 1, (list) => (isArray(list) ? list.length : undefined)],
  ['ARRAY_CONTAINS', 2, 3, contains],
  [
    'ARRAY_CONTAINS_ANY',
    2,
    Number.POSITIVE_INFINITY,
    (list, ...wanted) => (isArray(list) ? wanted.some((value) => contains(list, value) === true) : undefined),
  ],
  [
    'ARRAY_CONTAINS_ALL',
    2,
    Number.POSITIVE_INFINITY,
    (list, ...wanted) => (isArray(list) ? wanted.every((value) => contains(list, value) === true) : undefined),
  ],
  [
    'ARRAY_CONCAT',
    2,
    Number.POSITIVE_INFINITY,
    (...lists) => (lists.every((list) => isArray(list ?? null)) ? (lists as Json[]).flat() : undefined),
  ],
  ['ARRAY_SLICE', 2, 3, slice],
  ['ARRAY_SUM', 1, 1, onNumbers(sum)],
  ['ARRAY_AVG', 1, 1, onNumbers((numbers) => (numbers.length === 0 ? undefined : sum(numbers) / numbers.length))],
  ['ARRAY_MEDIAN', 1, 1, onNumbers(median)],
  ['ARRAY_MIN', 1, 1, extreme(1)],
  ['ARRAY_MAX', 1, 1, extreme(-1)],
  [
    'CHOOSE',
    2,
    Number.POSITIVE_INFINITY,
    (index, ...values) => (typeof index === 'number' ? values[index - 1] : undefined),
  ],
  ['OBJECTTOARRAY', 1, 3, pairs],
  ['SETINTERSECT', 2, 2, onSets((a, b) => [...a].filter(([key]) => b.has(key)).map(([, item]) => item))],
  ['SETDIFFERENCE', 2, 2, onSets(without)],
  ['SETUNION', 2, 2, onSets((a, b) => [...a.values(), ...without(b, a)])],
  ['SETEQUAL', 2, 2, onSets((a, b) => a.size === b.size && [...a.keys()].every((key) => b.has(key)))],
]
