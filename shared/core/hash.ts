import xxhash from 'xxhash-wasm'

const { h64 } = await xxhash()

/** Spark's built-in `xxhash64` uses this seed: the cold path computes the same hashes without code of ours. */
const seed = 42n

/** XXH64 of the text's UTF-8 bytes (https://github.com/Cyan4973/xxHash, XXH64 specification). */
export const hash64 = (text: string): bigint => h64(text, seed)
