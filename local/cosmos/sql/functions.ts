/** Built-in functions. An argument of a type that a function does not take makes the result undefined. */
import { badRequest } from '../errors.ts'
import { arrayFunctions } from './array-functions.ts'
import type { BuiltIn, FunctionEntry } from './built-in.ts'
import { clockFunctions, dateFunctions } from './date-functions.ts'
import { mathFunctions } from './math-functions.ts'
import { stringFunctions } from './string-functions.ts'
import { typeFunctions } from './type-functions.ts'
import type { Value } from './values.ts'

/** Throws 400 where there is no such function or it takes another number of arguments. `now`: epoch milliseconds. */
export const functionNamed = (name: string, count: number, now: number): BuiltIn => {
  const clock = clockFunctions.get(name)
  const entry: FunctionEntry | undefined = clock ? [name, 0, 0, always(clock(now))] : functions.get(name)
  if (entry === undefined) throw badRequest(`'${name}' is not a recognized built-in function name.`)
  const [, fewest, most, apply] = entry
  if (count < fewest || count > most) {
    const wanted = fewest === most ? `${fewest}` : `${fewest} to ${most === manyArguments ? 'many' : most}`
    throw badRequest(`The ${name} function requires ${wanted} argument(s), but ${count} were given.`)
  }
  return apply
}

const manyArguments = Number.POSITIVE_INFINITY

const always =
  (value: Value): BuiltIn =>
  () =>
    value

const functions: ReadonlyMap<string, FunctionEntry> = new Map(
  [...typeFunctions, ...stringFunctions, ...mathFunctions, ...arrayFunctions, ...dateFunctions].map((entry) => [
    entry[0],
    entry,
  ]),
)
