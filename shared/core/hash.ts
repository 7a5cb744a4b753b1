import xxhash from 'xxhash-wasm'

const { h64 } = await xxhash()

/** Spark's built-in `xxhash64` uses this seed: the cold path computes the same hashes without code of ours. */
const seed = 42n

/** XXH64 of the text's UTF-8 bytes (https://github.com/Cyan4973/xxHash, XXH64 specification). */
export const hash64 = (text: string): bigint => h64(text, seed)

let lastText = ''
let lastHash = hash64(lastText)

/** The same, for texts that are often asked for several times in a row, as by several metrics of one event. */
export const hash64Again = (text: string): bigint => {
  if (text !== lastText) {
    lastHash = hash64(text)
    lastText = text
  }
  return lastHash
}
