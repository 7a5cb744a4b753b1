/** How metrics are written in a stream definition. Fields and predicates are data: they must cross to Spark. */
import type { MetricDefinition, Predicate } from '../../contracts/stream-definition.ts'

/** Known to the compiler alone: the fields that a metric reads, so that a definition which reads an unknown one does not compile. */
export interface Reads<Field extends string> {
  readonly reads?: Field
}

export type Metric<Field extends string> = MetricDefinition & Reads<Field>

type FieldsIn<P> = P extends { readonly not: infer Inner }
  ? FieldsIn<Inner>
  : P extends { readonly any: readonly (infer Inner)[] } | { readonly all: readonly (infer Inner)[] }
    ? FieldsIn<Inner>
    : Extract<keyof P, string>

type None = Record<never, never>

/** Events, or those for which `where` holds. */
export const count = <const W extends Predicate = None>(where?: W): Metric<FieldsIn<W>> => ({
  kind: 'count',
  ...only(where),
})

/** Sum of a number field. */
export const sum = <const F extends string, const W extends Predicate = None>(
  field: F,
  where?: W,
): Metric<F | FieldsIn<W>> => ({ kind: 'sum', field, ...only(where) })

/** Smallest value of a number field. */
export const min = <const F extends string, const W extends Predicate = None>(
  field: F,
  where?: W,
): Metric<F | FieldsIn<W>> => ({ kind: 'min', field, ...only(where) })

/** Largest value of a number field. */
export const max = <const F extends string, const W extends Predicate = None>(
  field: F,
  where?: W,
): Metric<F | FieldsIn<W>> => ({ kind: 'max', field, ...only(where) })

/** Arithmetic mean of a number field. */
export const mean = <const F extends string, const W extends Predicate = None>(
  field: F,
  where?: W,
): Metric<F | FieldsIn<W>> => ({ kind: 'mean', field, ...only(where) })

/** The value of the event that occurred last. */
export const last = <const F extends string, const W extends Predicate = None>(
  field: F,
  where?: W,
): Metric<F | FieldsIn<W>> => ({ kind: 'last', field, ...only(where) })

/** Distinct values. Precision p (4 to 16, default 10) gives a standard error of 1.04 / sqrt(2^p): 3.25 % at 10, 1.6 % at 12. */
export const distinct = <const F extends string, const W extends Predicate = None>(
  field: F,
  options: { readonly precision?: number; readonly where?: W } = {},
): Metric<F | FieldsIn<W>> => ({ kind: 'distinct', field, precision: options.precision ?? 10, ...only(options.where) })

/** Quantiles within `relativeError` (default 0.01) of the true value. */
export const quantiles = <const F extends string, const W extends Predicate = None>(
  field: F,
  options: { readonly relativeError?: number; readonly where?: W } = {},
): Metric<F | FieldsIn<W>> => ({
  kind: 'quantiles',
  field,
  relativeError: options.relativeError ?? 0.01,
  ...only(options.where),
})

const only = (where: Predicate | undefined): { readonly where?: Predicate } => (where === undefined ? {} : { where })
