/** Finds the function that a request is for. */
import type { RegisteredFunction } from '../registry.ts'

export interface Route {
  readonly fn: RegisteredFunction
  readonly methods: readonly string[]
  readonly segments: readonly string[]
}

export type Match =
  | { readonly kind: 'match'; readonly fn: RegisteredFunction; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'none' }

export const routesOf = (functions: Iterable<RegisteredFunction>, prefix: string): Route[] =>
  [...functions]
    .filter((fn) => fn.trigger.type === 'httpTrigger')
    .map((fn) => {
      const route = String(fn.trigger['route'] ?? fn.name)
      const methods = (fn.trigger['methods'] as readonly string[] | undefined) ?? []
      return { fn, methods: methods.map((method) => method.toUpperCase()), segments: segmentsOf(`${prefix}/${route}`) }
    })
    // More literal segments first: /items/new before /items/{id}.
    .sort((a, b) => literals(b) - literals(a))

/** Segments match literally (without regard to case) or by `{name}`, `{name?}` (optional), `{*name}` (the rest). */
export const matchRoute = (routes: readonly Route[], method: string, path: string): Match => {
  const segments = segmentsOf(path)
  for (const { fn, methods, segments: pattern } of routes) {
    if (methods.length > 0 && !methods.includes(method)) continue
    const params = matchSegments(pattern, segments)
    if (params !== undefined) return { kind: 'match', fn, params }
  }
  return { kind: 'none' }
}

const segmentsOf = (path: string): string[] => path.split('/').filter((segment) => segment !== '')

const literals = ({ segments }: Route): number => segments.filter((segment) => !segment.startsWith('{')).length

const matchSegments = (pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined => {
  const params: Record<string, string> = {}
  for (const [i, part] of pattern.entries()) {
    const name = /^\{(\*?)(\w+)(?::[^}?]*)?(\??)\}$/.exec(part)
    const given = segments[i]
    if (name === null) {
      if (given?.toLowerCase() !== part.toLowerCase()) return undefined
      continue
    }
    const [, rest, key = '', optional] = name
    if (rest === '*') return { ...params, [key]: segments.slice(i).map(decode).join('/') }
    if (given === undefined && optional !== '?') return undefined
    if (given !== undefined) params[key] = decode(given)
  }
  return segments.length <= pattern.length ? params : undefined
}

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
