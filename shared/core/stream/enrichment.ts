import type { Event } from '../../contracts/raw-event.ts'
import type { EnrichmentDescription } from '../../contracts/stream-definition.ts'
import type { Facts } from '../../ports/facts.ts'

/**
 * One enrichment step: pure given the reference facts. `Input` is the field it reads, `Added` those it adds or replaces,
 * so that a definition that reads a field nobody provides does not compile.
 */
export interface EnrichmentStep<Input extends string = string, Added extends string = string> {
  readonly description: EnrichmentDescription
  /** Changes the event in place. Never throws on bad values: what it cannot tell it leaves out or marks as unknown. */
  readonly apply: (event: Event, facts: Facts) => void
  readonly types?: { readonly input: Input; readonly added: Added }
}

/** The field's text, or undefined where it is absent or no text. */
export const textOf = (event: Event, field: string): string | undefined => {
  const value = event[field]
  return typeof value === 'string' ? value : undefined
}
