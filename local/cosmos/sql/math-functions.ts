import type { BuiltIn, FunctionEntry } from './built-in.ts'
import type { Value } from './values.ts'

/** A result that is no finite number is undefined. */
const onNumber = (apply: (number: number) => number): BuiltIn => onNumbers((number) => apply(number))

const onNumbers =
  (apply: (first: number, second: number) => number): BuiltIn =>
  (first, second = 0) => {
    if (typeof first !== 'number' || typeof second !== 'number') return undefined
    const result = apply(first, second)
    return Number.isFinite(result) ? result : undefined
  }

/** 64-bit integers; numbers with a fraction make the result undefined. */
const onIntegers =
  (apply: (first: bigint, second: bigint) => bigint): BuiltIn =>
  (first, second = 0) => {
    if (!Number.isInteger(first) || !Number.isInteger(second)) return undefined
    const divisor = BigInt(second as number)
    try {
      return Number(BigInt.asIntN(64, apply(BigInt(first as number), divisor)))
    } catch {
      return undefined
    }
  }

/** Halves go away from zero. `digits` after the point. */
const round = (number: number, digits: number): number => {
  const scale = 10 ** digits
  return (Math.sign(number) * Math.round(Math.abs(number) * scale)) / scale
}

const logarithm = (number: Value, base: Value = Math.E): Value => {
  if (typeof number !== 'number' || typeof base !== 'number') return undefined
  const result = base === Math.E ? Math.log(number) : Math.log(number) / Math.log(base)
  return Number.isFinite(result) ? result : undefined
}

const bin = (number: Value, size: Value = 1): Value =>
  typeof number === 'number' && typeof size === 'number' && size !== 0 ? Math.floor(number / size) * size : undefined

export const mathFunctions: readonly FunctionEntry[] = [
  ['ABS', 1, 1, onNumber(Math.abs)],
  ['ACOS', 1, 1, onNumber(Math.acos)],
  ['ASIN', 1, 1, onNumber(Math.asin)],
  ['ATAN', 1, 1, onNumber(Math.atan)],
  ['ATN2', 2, 2, onNumbers(Math.atan2)],
  ['CEILING', 1, 1, onNumber(Math.ceil)],
  ['COS', 1, 1, onNumber(Math.cos)],
  ['COT', 1, 1, onNumber((number) => 1 / Math.tan(number))],
  ['DEGREES', 1, 1, onNumber((number) => (number * 180) / Math.PI)],
  ['EXP', 1, 1, onNumber(Math.exp)],
  ['FLOOR', 1, 1, onNumber(Math.floor)],
  ['LOG', 1, 2, logarithm],
  ['LOG10', 1, 1, onNumber(Math.log10)],
  ['NUMBERBIN', 1, 2, bin],
  ['PI', 0, 0, () => Math.PI],
  ['POWER', 2, 2, onNumbers((base, exponent) => base ** exponent)],
  ['RADIANS', 1, 1, onNumber((number) => (number * Math.PI) / 180)],
  ['ROUND', 1, 2, onNumbers(round)],
  ['SIGN', 1, 1, onNumber(Math.sign)],
  ['SIN', 1, 1, onNumber(Math.sin)],
  ['SQRT', 1, 1, onNumber(Math.sqrt)],
  ['SQUARE', 1, 1, onNumber((number) => number * number)],
  ['TAN', 1, 1, onNumber(Math.tan)],
  ['TRUNC', 1, 1, onNumber(Math.trunc)],
  ['INTADD', 2, 2, onIntegers((a, b) => a + b)],
  ['INTSUB', 2, 2, onIntegers((a, b) => a - b)],
  ['INTMUL', 2, 2, onIntegers((a, b) => a * b)],
  ['INTDIV', 2, 2, onIntegers((a, b) => a / b)],
  ['INTMOD', 2, 2, onIntegers((a, b) => a % b)],
  ['INTBITAND', 2, 2, onIntegers((a, b) => a & b)],
  ['INTBITOR', 2, 2, onIntegers((a, b) => a | b)],
  ['INTBITXOR', 2, 2, onIntegers((a, b) => a ^ b)],
  ['INTBITNOT', 1, 1, onIntegers((a) => ~a)],
  ['INTBITLEFTSHIFT', 2, 2, onIntegers((a, b) => a << (b & 63n))],
  ['INTBITRIGHTSHIFT', 2, 2, onIntegers((a, b) => a >> (b & 63n))],
]
