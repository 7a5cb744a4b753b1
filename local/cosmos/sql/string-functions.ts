import { badRequest } from '../errors.ts'
import { isArray, isObject, type Json } from '../json.ts'
import type { BuiltIn, FunctionEntry } from './built-in.ts'
import type { Value } from './values.ts'

/** The most characters that REPLICATE makes. */
const maxReplicated = 10_000

const onString =
  (apply: (text: string) => Value): BuiltIn =>
  (text) =>
    typeof text === 'string' ? apply(text) : undefined

/** With an optional third argument that makes it ignore case. */
const onStrings =
  (apply: (text: string, other: string) => Value): BuiltIn =>
  (text, other, ignoreCase) => {
    if (typeof text !== 'string' || typeof other !== 'string') return undefined
    return ignoreCase === true ? apply(text.toLowerCase(), other.toLowerCase()) : apply(text, other)
  }

const onStringAndNumber =
  (apply: (text: string, number: number) => Value): BuiltIn =>
  (text, number) =>
    typeof text === 'string' && typeof number === 'number' ? apply(text, number) : undefined

const indexOf = (text: Value, part: Value, start: Value): Value =>
  typeof text === 'string' && typeof part === 'string' && (start === undefined || typeof start === 'number')
    ? text.indexOf(part, start)
    : undefined

const substring = (text: Value, start: Value, length: Value): Value => {
  if (typeof text !== 'string' || typeof start !== 'number' || typeof length !== 'number') return undefined
  return text.slice(Math.max(start, 0), Math.max(start, 0) + Math.max(length, 0))
}

const replace = (text: Value, part: Value, by: Value): Value =>
  typeof text === 'string' && typeof part === 'string' && typeof by === 'string' ? text.split(part).join(by) : undefined

const toText = (value: Value): Value =>
  value === undefined || typeof value === 'string' ? value : JSON.stringify(value)

/** The value that a text is the JSON of, where it is of the wanted type. */
const parsed = (fits: (value: Json) => boolean): BuiltIn =>
  onString((text) => {
    try {
      const value = JSON.parse(text.trim()) as Json
      return fits(value) ? value : undefined
    } catch {
      return undefined
    }
  })

const join = (list: Value, separator: Value): Value =>
  isArray(list) && list.every((item) => typeof item === 'string') && typeof separator === 'string'
    ? list.join(separator)
    : undefined

const like = (text: Value, pattern: Value, escape: Value): Value =>
  typeof text === 'string' && typeof pattern === 'string' ? likePattern(pattern, escape).test(text) : undefined

/** `%`: any text, `_`: any character, `[a-c]` and `[^a-c]`: one of, or none of, these. */
const likePattern = (pattern: string, escape: Value): RegExp => {
  let source = ''
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at)
    const set = character === '[' ? /^\[(\^?)([^\]]+)\]/.exec(pattern.slice(at)) : null
    if (character === escape) source += literal(pattern.charAt((at += 1)))
    else if (character === '%') source += '[^]*'
    else if (character === '_') source += '[^]'
    else if (set !== null) {
      source += `[${set[1]}${(set[2] ?? '').replaceAll(/[\\\]^]/g, '\\$&')}]`
      at += set[0].length - 1
    } else source += literal(character)
  }
  return new RegExp(`^${source}$`)
}

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

/** Modifiers: m, s, i and x. An expression that JavaScript does not take is the caller's mistake. */
const regexMatch = (text: Value, pattern: Value, modifiers: Value = ''): Value => {
  if (typeof text !== 'string' || typeof pattern !== 'string' || typeof modifiers !== 'string') return undefined
  if (!/^[msix]*$/.test(modifiers)) return undefined
  const source = modifiers.includes('x') ? pattern.replaceAll(/\s+|#.*$/gm, '') : pattern
  try {
    return new RegExp(source, modifiers.replaceAll('x', '')).test(text)
  } catch {
    throw badRequest(`RegexMatch: ${JSON.stringify(pattern)} is not a valid regular expression.`)
  }
}

export const stringFunctions: readonly FunctionEntry[] = [
  ['STARTSWITH', 2, 3, onStrings((text, start) => text.startsWith(start))],
  ['ENDSWITH', 2, 3, onStrings((text, end) => text.endsWith(end))],
  ['CONTAINS', 2, 3, onStrings((text, part) => text.includes(part))],
  ['STRINGEQUALS', 2, 3, onStrings((text, other) => text === other)],
  ['STRING_EQUALS', 2, 3, onStrings((text, other) => text === other)],
  ['INDEX_OF', 2, 3, indexOf],
  ['LIKE', 2, 3, like],
  ['REGEXMATCH', 2, 3, regexMatch],
  ['LOWER', 1, 1, onString((text) => text.toLowerCase())],
  ['UPPER', 1, 1, onString((text) => text.toUpperCase())],
  ['TRIM', 1, 1, onString((text) => text.trim())],
  ['LTRIM', 1, 1, onString((text) => text.trimStart())],
  ['RTRIM', 1, 1, onString((text) => text.trimEnd())],
  ['LENGTH', 1, 1, onString((text) => text.length)],
  ['REVERSE', 1, 1, onString((text) => [...text].reverse().join(''))],
  ['SUBSTRING', 3, 3, substring],
  ['LEFT', 2, 2, onStringAndNumber((text, count) => text.slice(0, Math.max(count, 0)))],
  ['RIGHT', 2, 2, onStringAndNumber((text, count) => text.slice(Math.max(text.length - Math.max(count, 0), 0)))],
  [
    'REPLICATE',
    2,
    2,
    onStringAndNumber((text, count) =>
      count >= 0 && text.length * count <= maxReplicated ? text.repeat(count) : undefined,
    ),
  ],
  ['REPLACE', 3, 3, replace],
  [
    'CONCAT',
    2,
    Number.POSITIVE_INFINITY,
    (...texts) => (texts.every((text) => typeof text === 'string') ? texts.join('') : undefined),
  ],
  ['STRINGJOIN', 2, 2, join],
  ['STRINGSPLIT', 2, 2, onStrings((text, separator) => text.split(separator))],
  ['TOSTRING', 1, 1, toText],
  ['STRINGTONUMBER', 1, 1, parsed((value) => typeof value === 'number')],
  ['STRINGTOBOOLEAN', 1, 1, parsed((value) => typeof value === 'boolean')],
  ['STRINGTONULL', 1, 1, parsed((value) => value === null)],
  ['STRINGTOARRAY', 1, 1, parsed(isArray)],
  ['STRINGTOOBJECT', 1, 1, parsed(isObject)],
]
