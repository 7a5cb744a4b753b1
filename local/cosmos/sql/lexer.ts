import { badRequest } from '../errors.ts'

export interface Token {
  /** `word`: keyword or identifier; `end`: after the last. */
  readonly kind: 'word' | 'number' | 'string' | 'parameter' | 'symbol' | 'end'
  readonly text: string
  /** Place in the query, for messages. */
  readonly at: number
}

const pattern =
  /\s+|--[^\n]*|\/\*[^]*?\*\/|(?<parameter>@\w+)|(?<word>[A-Za-z_]\w*)|(?<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(?<string>"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*')|(?<symbol>!=|<>|<=|>=|<<|>>>|>>|\|\||\?\?|[=<>+\-*/%(),.?:[\]{}&|^~])/y

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' }

export const tokenize = (query: string): readonly Token[] => {
  const tokens: Token[] = []
  pattern.lastIndex = 0
  while (pattern.lastIndex < query.length) {
    const at = pattern.lastIndex
    const groups = pattern.exec(query)?.groups
    if (groups === undefined) throw syntaxError(query, at)
    const { parameter, word, number, string, symbol } = groups
    if (parameter !== undefined) tokens.push({ kind: 'parameter', text: parameter, at })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, at })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, at })
    else if (string !== undefined) tokens.push({ kind: 'string', text: unescape(string.slice(1, -1)), at })
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol, at })
  }
  return [...tokens, { kind: 'end', text: 'the end of the query', at: query.length }]
}

/** 400 that shows where the query stops making sense. */
export const syntaxError = (query: string, at: number): Error =>
  badRequest(
    `Syntax error in the query at position ${at}: ${JSON.stringify(query.slice(at, at + 30))} was not expected.`,
  )

const unescape = (text: string): string =>
  text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|([^]))/g, (_, hex: string | undefined, other: string | undefined) =>
    hex === undefined ? (escapes[other ?? ''] ?? other ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  )
