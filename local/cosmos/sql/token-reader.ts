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
    const token = this.#peek()
    this.#position += 1
    return token
  }

  isWord(word: string): boolean {
    return this.nextWord()?.toUpperCase() === word
  }

  /** The next token, where it is a word. */
  nextWord(): string | undefined {
    const token = this.#peek()
    return token.kind === 'word' ? token.text : undefined
  }

  takeWord(word: string): boolean {
    const fits = this.isWord(word)
    if (fits) this.#position += 1
    return fits
  }

  takeSymbol(symbol: string): boolean {
    const token = this.#peek()
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
  fail(token: Token = this.#peek()): never {
    throw syntaxError(this.#query, token.at)
  }

  /** Moves to the first FROM outside parentheses, calls `read` there and comes back. */
  atFrom<T>(read: (found: boolean) => T): T {
    const back = this.#position
    let depth = 0
    for (; this.#peek().kind !== 'end'; this.#position += 1) {
      const { kind, text } = this.#peek()
      if (kind === 'symbol' && (text === '(' || text === '[' || text === '{')) depth += 1
      if (kind === 'symbol' && (text === ')' || text === ']' || text === '}')) depth -= 1
      if (depth === 0 && this.isWord('FROM')) break
    }
    const result = read(this.isWord('FROM'))
    this.#position = back
    return result
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#position, this.#tokens.length - 1)] as Token
  }
}
