/** Finds the function that a request is for. */
import type { RegisteredFunction } from '../registry.ts'
import { parseTemplate, type Part } from './route-template.ts'

export interface Route {
  readonly fn: RegisteredFunction
  readonly methods: readonly string[]
  readonly parts: readonly Part[]
}

export type Match =
  | { readonly kind: 'match'; readonly fn: RegisteredFunction; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'none' }

/** Throws naming the function whose route it cannot read. */
export const routesOf = (functions: Iterable<RegisteredFunction>, prefix: string): Route[] =>
  [...functions]
    .filter((fn) => fn.trigger.type === 'httpTrigger')
    .map((fn) => {
      const route = String(fn.trigger['route'] ?? fn.name)
      const methods = (fn.trigger['methods'] as readonly string[] | undefined) ?? []
      const where = `Function ${fn.name}, route`
      return {
        fn,
        methods: methods.map((method) => method.toUpperCase()),
        parts: [...parseTemplate(prefix, where), ...parseTemplate(route, where)],
      }
    })
    .sort(moreSpecificFirst)

/** Literals match without regard to case; a parameter takes a segment, or the rest of the path. */
export const matchRoute = (routes: readonly Route[], method: string, path: string): Match => {
  const segments = path.split('/').filter((segment) => segment !== '')
  for (const { fn, methods, parts } of routes) {
    if (methods.length > 0 && !methods.includes(method)) continue
    const params = matchParts(parts, segments)
    if (params !== undefined) return { kind: 'match', fn, params }
  }
  return { kind: 'none' }
}

/** Segment by segment: literal, constrained parameter, parameter, the rest (ASP.NET Core, route precedence). */
const moreSpecificFirst = (a: Route, b: Route): number => {
  for (let i = 0; i < Math.max(a.parts.length, b.parts.length); i += 1) {
    const difference = rank(a.parts[i]) - rank(b.parts[i])
    if (difference !== 0) return difference
  }
  return 0
}

const rank = (part: Part | undefined): number => {
  if (part === undefined) return 0
  if (part.kind === 'literal') return 1
  return (part.isRest ? 4 : 2) + (part.constraints.length > 0 ? 0 : 1)
}

const matchParts = (parts: readonly Part[], segments: readonly string[]): Record<string, string> | undefined => {
  const params: Record<string, string> = {}
  for (const [i, part] of parts.entries()) {
    const given = segments[i]
    if (part.kind === 'literal') {
      if (given === undefined || decode(given).toLowerCase() !== part.text) return undefined
      continue
    }
    const value = part.isRest ? segments.slice(i).map(decode).join('/') : given && decode(given)
    if (value === undefined) {
      if (!part.isOptional) return undefined
      continue
    }
    if (!part.constraints.every((isMet) => isMet(value))) return undefined
    params[part.name] = value
    if (part.isRest) return params
  }
  return segments.length <= parts.length ? params : undefined
}

/** An encoded slash stays encoded: it separates nothing. */
const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment.replace(/%(2f)/gi, '%25$1'))
  } catch {
    return segment
  }
}
