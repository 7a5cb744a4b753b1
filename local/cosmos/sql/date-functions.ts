/**
 * Date functions on ISO 8601 texts in UTC with up to seven fractional digits, ticks (100 ns since 1970) and timestamps
 * (milliseconds since 1970). A text that is no such date makes the result undefined.
 */
import type { FunctionEntry } from './built-in.ts'
import type { Value } from './values.ts'

const ticksPerMs = 10_000n

type Part = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'millisecond' | 'microsecond' | 'nanosecond'

const partNames: readonly (readonly [Part, ...string[]])[] = [
  ['year', 'yyyy', 'yy'],
  ['month', 'mm', 'm'],
  ['day', 'dd', 'd'],
  ['hour', 'hh'],
  ['minute', 'mi', 'n'],
  ['second', 'ss', 's'],
  ['millisecond', 'ms'],
  ['microsecond', 'mcs'],
  ['nanosecond', 'ns'],
]

const ticksPer: Readonly<Partial<Record<Part, bigint>>> = {
  day: 864_000_000_000n,
  hour: 36_000_000_000n,
  minute: 600_000_000n,
  second: 10_000_000n,
  millisecond: ticksPerMs,
  microsecond: 10n,
}

/** By upper-case name: what does not depend on a document. `now`: epoch milliseconds. */
export const clockFunctions: ReadonlyMap<string, (now: number) => Value> = new Map(
  ['', 'STATIC'].flatMap((suffix): [string, (now: number) => Value][] => [
    [`GETCURRENTDATETIME${suffix}`, (now) => textOf(BigInt(now) * ticksPerMs)],
    [`GETCURRENTTIMESTAMP${suffix}`, (now) => now],
    [`GETCURRENTTICKS${suffix}`, (now) => now * Number(ticksPerMs)],
  ]),
)

const ticksOf = (text: Value): bigint | undefined => {
  if (typeof text !== 'string') return undefined
  const found = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?(Z|[+-]\d\d:\d\d)?)?$/.exec(text)
  if (found === null) return undefined
  const [, day = '', time = '00:00:00', fraction = '', zone = 'Z'] = found
  const ms = Date.parse(`${day}T${time}${zone}`)
  return Number.isNaN(ms) ? undefined : BigInt(ms) * ticksPerMs + BigInt(fraction.padEnd(7, '0'))
}

const textOf = (ticks: bigint): Value => {
  const seconds = floorDivide(ticks, 10_000_000n)
  const date = new Date(Number(seconds) * 1000)
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1 || date.getUTCFullYear() > 9999) return undefined
  return `${date.toISOString().slice(0, 19)}.${String(ticks - seconds * 10_000_000n).padStart(7, '0')}Z`
}

const floorDivide = (value: bigint, by: bigint): bigint => {
  const quotient = value / by
  return value % by < 0n ? quotient - 1n : quotient
}

const partOf = (name: Value): Part | undefined =>
  typeof name === 'string' ? partNames.find((names) => names.includes(name.toLowerCase() as Part))?.[0] : undefined

const dateOf = (ticks: bigint): Date => new Date(Number(floorDivide(ticks, ticksPerMs)))

const readPart = (name: Value, text: Value): Value => {
  const [part, ticks] = [partOf(name), ticksOf(text)]
  if (part === undefined || ticks === undefined) return undefined
  const date = dateOf(ticks)
  const inSecond = Number(ticks - floorDivide(ticks, 10_000_000n) * 10_000_000n)
  switch (part) {
    case 'year':
      return date.getUTCFullYear()
    case 'month':
      return date.getUTCMonth() + 1
    case 'day':
      return date.getUTCDate()
    case 'hour':
      return date.getUTCHours()
    case 'minute':
      return date.getUTCMinutes()
    case 'second':
      return date.getUTCSeconds()
    case 'millisecond':
      return Math.floor(inSecond / 10_000)
    case 'microsecond':
      return Math.floor(inSecond / 10)
    case 'nanosecond':
      return inSecond * 100
  }
}

const add = (name: Value, count: Value, text: Value): Value => {
  const [part, ticks] = [partOf(name), ticksOf(text)]
  if (part === undefined || ticks === undefined || !Number.isInteger(count)) return undefined
  const number = count as number
  if (part === 'nanosecond') return textOf(ticks + BigInt(Math.trunc(number / 100)))
  const size = ticksPer[part]
  if (size !== undefined) return textOf(ticks + BigInt(number) * size)
  return textOf(addMonths(ticks, part === 'year' ? number * 12 : number))
}

/** The day is kept, or the last of the month where it has fewer. */
const addMonths = (ticks: bigint, months: number): bigint => {
  const date = dateOf(ticks)
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + months, date.getUTCDate()]
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  const before = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day)
  return ticks + (BigInt(Date.UTC(year, month, Math.min(day, last))) - BigInt(before)) * ticksPerMs
}

/** How many borders of the part lie between two dates. */
const difference = (name: Value, start: Value, end: Value): Value => {
  const [part, from, to] = [partOf(name), ticksOf(start), ticksOf(end)]
  if (part === undefined || from === undefined || to === undefined) return undefined
  if (part === 'nanosecond') return Number(to - from) * 100
  const size = ticksPer[part]
  if (size !== undefined) return Number(floorDivide(to, size) - floorDivide(from, size))
  const months = (date: Date): number => date.getUTCFullYear() * 12 + date.getUTCMonth()
  const [a, b] = [dateOf(from), dateOf(to)]
  return part === 'year' ? b.getUTCFullYear() - a.getUTCFullYear() : months(b) - months(a)
}

/** The start of the bin of `size` parts, counted from `origin`. */
const bin = (text: Value, name: Value, size: Value = 1, origin: Value = '1970-01-01'): Value => {
  const [part, ticks, from] = [partOf(name), ticksOf(text), ticksOf(origin)]
  if (part === undefined || ticks === undefined || from === undefined) return undefined
  if (!Number.isInteger(size) || (size as number) < 1) return undefined
  const width = part === 'nanosecond' ? BigInt(Math.trunc((size as number) / 100)) : ticksPer[part]
  if (width === undefined || width === 0n) return undefined
  const whole = part === 'nanosecond' ? width : width * BigInt(size as number)
  return textOf(from + floorDivide(ticks - from, whole) * whole)
}

const fromParts = (...parts: readonly Value[]): Value => {
  if (!parts.every((part) => Number.isInteger(part))) return undefined
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, fraction = 0] = parts as readonly number[]
  const two = (number: number): string => String(number).padStart(2, '0')
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
  const text = `${date}T${two(hour)}:${two(minute)}:${two(second)}.${String(fraction).padStart(7, '0')}Z`
  const ticks = ticksOf(text)
  return ticks !== undefined && textOf(ticks) === text ? text : undefined
}

const onDate =
  (apply: (ticks: bigint) => Value) =>
  (text: Value): Value => {
    const ticks = ticksOf(text)
    return ticks === undefined ? undefined : apply(ticks)
  }

const fromNumber =
  (ticksPerUnit: bigint) =>
  (number: Value): Value =>
    Number.isInteger(number) ? textOf(BigInt(number as number) * ticksPerUnit) : undefined

export const dateFunctions: readonly FunctionEntry[] = [
  ['DATETIMEPART', 2, 2, readPart],
  ['DATETIMEADD', 3, 3, add],
  ['DATETIMEDIFF', 3, 3, difference],
  ['DATETIMEBIN', 2, 4, bin],
  ['DATETIMEFROMPARTS', 3, 7, fromParts],
  ['DATETIMETOTICKS', 1, 1, onDate(Number)],
  ['DATETIMETOTIMESTAMP', 1, 1, onDate((ticks) => Number(floorDivide(ticks, ticksPerMs)))],
  ['TICKSTODATETIME', 1, 1, fromNumber(1n)],
  ['TIMESTAMPTODATETIME', 1, 1, fromNumber(ticksPerMs)],
]
