import { syntaxError, tokenize, type Token } from './lexer.ts'

/** Walks over a query's tokens. `take...` steps on only where it fits; `expect...` fails with 400 where it does not. */
export class TokenReader {
  readonly #query: string
  readonly #tokens: readonly Token[]
  #position = 0

  constructor(query: string) {
    this.#query = query
    this.#tokens = tokenize(query)
  }

  next(): Token {
    const token = this.#peek(0)
    this.#position += 1
    return token
  }

  isWord(word: string, ahead: number): boolean {
    const token = this.#peek(ahead)
    return token.kind === 'word' && token.text.toUpperCase() === word
  }

  takeWord(word: string): boolean {
    const fits = this.isWord(word, 0)
    if (fits) this.#position += 1
    return fits
  }

  takeSymbol(symbol: string): boolean {
    const token = this.#peek(0)
    const fits = token.kind === 'symbol' && token.text === symbol
    if (fits) this.#position += 1
    return fits
  }

  expect(kind: Token['kind']): Token {
    const token = this.next()
    return token.kind === kind ? token : this.fail(token)
  }

  expectWord(word: string): void {
    if (!this.takeWord(word)) this.fail()
  }

  expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) this.fail()
  }

  /** Rejects the query at this token, or at the next one. */
  fail(token: Token = this.#peek(0)): never {
    throw syntaxError(this.#query, token.at)
  }

  /** The word `ahead` tokens from here, where there is one. */
  wordAhead(ahead: number): string | undefined {
    const token = this.#peek(ahead)
    return token.kind === 'word' ? token.text : undefined
  }

  /** Moves to the first FROM outside parentheses, calls `read` there and comes back. */
  atFrom<T>(read: (found: boolean) => T): T {
    const back = this.#position
    let depth = 0
    for (; this.#peek(0).kind !== 'end'; this.#position += 1) {
      const { kind, text } = this.#peek(0)
      if (kind === 'symbol' && (text === '(' || text === '[' || text === '{')) depth += 1
      if (kind === 'symbol' && (text === ')' || text === ']' || text === '}')) depth -= 1
      if (depth === 0 && this.isWord('FROM', 0)) break
    }
    const result = read(this.isWord('FROM', 0))
    this.#position = back
    return result
  }

  #peek(ahead: number): Token {
    return this.#tokens[Math.min(this.#position + ahead, this.#tokens.length - 1)] as Token
  }
}
