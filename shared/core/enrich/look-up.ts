import { textOf, type EnrichmentStep } from '../stream/enrichment.ts'

/** What stands where the reference data know nothing. */
export const unknownFact = 'unknown'

/** Adds fields of the reference record that the field names; `unknown` in each where there is no such record. */
export const lookUp = <F extends string, const A extends string>(
  field: F,
  of: {
    /** Kind of reference data, e.g. `devices`. */
    readonly kind: string
    readonly adds: readonly A[]
  },
): EnrichmentStep<F, A> => ({
  description: { step: 'lookUp', parameters: { id: field }, reference: of.kind, adds: of.adds },
  apply: (event, facts) => {
    const id = textOf(event, field)
    const record = id === undefined ? undefined : facts.record(of.kind, id)
    for (const name of of.adds) event[name] = record?.[name] ?? unknownFact
  },
})
