/** How values compare. `undefined` is what a missing property has; it is never equal to anything. */
import { isArray, isObject, type Json } from '../json.ts'

export type Value = Json | undefined

/** undefined < null < false < true < numbers < strings < arrays < objects: the order of ORDER BY. */
export const compareValues = (left: Value, right: Value): number => {
  const byType = rank(left) - rank(right)
  if (byType !== 0) return byType
  if (typeof left === 'string') return compareStrings(left, right as string)
  if (typeof left === 'number' || typeof left === 'boolean') return Number(left) - Number(right)
  if (isArray(left) || isObject(left)) return compareStrings(canonical(left), canonical(right))
  return 0
}

/** By code point, as SQLite orders UTF-8, so that both agree on which id comes first. */
export const compareStrings = (left: string, right: string): number => {
  if (left === right) return 0
  const length = Math.min(left.length, right.length)
  for (let i = 0; i < length; i += 1) {
    const a = left.charCodeAt(i)
    const b = right.charCodeAt(i)
    if (a !== b) return order(a) - order(b)
  }
  return left.length - right.length
}

export const isSameType = (left: Value, right: Value): boolean => typeName(left) === typeName(right)

export const typeName = (value: Value): string => (value === null ? 'null' : isArray(value) ? 'array' : typeof value)

export const equal = (left: Value, right: Value): boolean =>
  left === right || (typeof left === 'object' && typeof right === 'object' && canonical(left) === canonical(right))

/** A text that is the same for equal values, whatever the order of their properties. */
export const canonical = (value: Value): string => {
  if (isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isObject(value)) return value === undefined ? 'undefined' : JSON.stringify(value)
  const names = Object.keys(value).sort()
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`
}

const ranks = ['undefined', 'null', 'boolean', 'number', 'string', 'array', 'object']

const rank = (value: Value): number => ranks.indexOf(typeName(value))

/** Puts surrogates, which stand for the highest code points, above all other code units. */
const order = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)
