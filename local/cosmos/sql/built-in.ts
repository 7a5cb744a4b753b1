import type { Value } from './values.ts'

export type BuiltIn = (...values: readonly Value[]) => Value

/** Name in upper case, fewest and most arguments. */
export type FunctionEntry = readonly [name: string, fewest: number, most: number, apply: BuiltIn]
