/** What is known of a value before anything is deployed: of Bicep sources and of evaluated snapshots alike. */
import { isExpression } from './snapshot.ts'

export type Value =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null; readonly line?: number }
  | {
      readonly kind: 'object'
      readonly properties: readonly Property[]
      readonly isOpen: boolean
      readonly line?: number
    }
  | { readonly kind: 'array'; readonly items: readonly Value[]; readonly line?: number }
  /** One of several, such as both branches of a condition. */
  | { readonly kind: 'either'; readonly values: readonly Value[]; readonly line?: number }
  /** An expression. */
  | { readonly kind: 'unknown'; readonly line?: number }

export interface Property {
  readonly name: string
  readonly value: Value
  readonly line?: number
}

export const unknown: Value = { kind: 'unknown' }

/** Of JSON in which a text in brackets is an expression that only a deployment can evaluate. */
export const valueOfJson = (json: unknown): Value => {
  if (isExpression(json)) return unknown
  if (Array.isArray(json)) return { kind: 'array', items: json.map(valueOfJson) }
  if (typeof json === 'object' && json !== null) {
    const properties = Object.entries(json).map(([name, value]) => ({ name, value: valueOfJson(value) }))
    return { kind: 'object', properties, isOpen: false }
  }
  return { kind: 'literal', value: json as string | number | boolean | null }
}
