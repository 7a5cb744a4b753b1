/** Route templates as ASP.NET Core reads them: `shops/{shop}/items/{id:int?}`, `files/{*path}`. */

export type Part =
  | { readonly kind: 'literal'; readonly text: string }
  | {
      readonly kind: 'parameter'
      readonly name: string
      readonly isOptional: boolean
      /** Takes the rest of the path. */
      readonly isRest: boolean
      readonly constraints: readonly Constraint[]
    }

type Constraint = (value: string) => boolean

/** Throws naming the part that it cannot read. */
export const parseTemplate = (template: string, where: string): readonly Part[] =>
  splitSegments(template).map((segment) => {
    if (!/[{}]/.test(segment)) return { kind: 'literal', text: segment.toLowerCase() }
    const match = /^\{(\*{0,2})(\w+)((?::(?:[^:()?]+(?:\(.*\))?))*?)(\??)\}$/.exec(segment)
    if (match === null) {
      throw new Error(
        `${where}: ${segment} is no route parameter. Expected a whole segment such as {name}, {name:int}, {name?} or {*name}.`,
      )
    }
    const [, stars, name = '', constraints = '', optional] = match
    return {
      kind: 'parameter',
      name,
      isOptional: optional === '?',
      isRest: stars !== '',
      constraints: splitConstraints(constraints).map((text) => constraint(text, where)),
    }
  })

/** Splits at slashes outside braces: a constraint may hold some. */
const splitSegments = (template: string): string[] => template.match(/(?:\{(?:[^{}]|\{[^{}]*\})*\}|[^/])+/g) ?? []

const splitConstraints = (text: string): string[] => text.match(/[^:()]+(?:\(.*?\)(?=:|$))?/g) ?? []

const whole = /^[+-]?\d+$/
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const isWithin = (value: string, least: bigint, most: bigint): boolean =>
  whole.test(value) && BigInt(value.replace('+', '')) >= least && BigInt(value.replace('+', '')) <= most

const simple: Readonly<Record<string, Constraint>> = {
  alpha: (value) => /^[a-z]*$/i.test(value),
  bool: (value) => /^(?:true|false)$/i.test(value),
  datetime: (value) => !Number.isNaN(Date.parse(value)),
  decimal: (value) => number.test(value),
  double: (value) => number.test(value),
  float: (value) => number.test(value),
  guid: (value) => /^\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i.test(value),
  int: (value) => isWithin(value, -(2n ** 31n), 2n ** 31n - 1n),
  long: (value) => isWithin(value, -(2n ** 63n), 2n ** 63n - 1n),
  required: (value) => value !== '',
}

const withNumbers: Readonly<Record<string, (numbers: readonly number[]) => Constraint>> = {
  length:
    ([least = 0, most = least]) =>
    ({ length }) =>
      length >= least && length <= most,
  max:
    ([most = 0]) =>
    (value) =>
      whole.test(value) && Number(value) <= most,
  maxlength:
    ([most = 0]) =>
    ({ length }) =>
      length <= most,
  min:
    ([least = 0]) =>
    (value) =>
      whole.test(value) && Number(value) >= least,
  minlength:
    ([least = 0]) =>
    ({ length }) =>
      length >= least,
  range:
    ([least = 0, most = 0]) =>
    (value) =>
      whole.test(value) && Number(value) >= least && Number(value) <= most,
}

const constraint = (text: string, where: string): Constraint => {
  const [, name = '', inner] = /^([^(]+)(?:\((.*)\))?$/.exec(text) ?? []
  if (inner === undefined) {
    const found = simple[name.toLowerCase()]
    if (found !== undefined) return found
  } else if (name.toLowerCase() === 'regex') {
    const pattern = new RegExp(inner.replaceAll('{{', '{').replaceAll('}}', '}'), 'i')
    return (value) => pattern.test(value)
  } else {
    const found = withNumbers[name.toLowerCase()]
    if (found !== undefined) return found(inner.split(',').map(Number))
  }
  throw new Error(`${where}: the route constraint ${text} is unknown.`)
}
