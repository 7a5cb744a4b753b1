import { badRequest } from '../errors.ts'
import { syntaxError, tokenize, type Token } from './lexer.ts'

const maxDepth = 200

/** Walks over a query's tokens. `take...` steps on only where it fits; `expect...` fails with 400 where it does not. */
export class TokenReader {
  readonly #query: string
  readonly #tokens: readonly Token[]
  #position = 0
  #depth = 0

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

  isSymbol(symbol: string): boolean {
    const token = this.#peek()
    return token.kind === 'symbol' && token.text === symbol
  }

  takeSymbol(symbol: string): boolean {
    const fits = this.isSymbol(symbol)
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

  /** Around everything that can hold itself: what nests too deeply is refused before it overflows the stack. */
  enter(): void {
    this.#depth += 1
    if (this.#depth > maxDepth) throw badRequest(`The query nests deeper than ${maxDepth} levels.`)
  }

  leave(): void {
    this.#depth -= 1
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#position, this.#tokens.length - 1)] as Token
  }
}
