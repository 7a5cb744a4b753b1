/**
 * Random orchestrations: programs that the fixture's orchestrator `program` runs, and what may come of each. A program is a
 * list of steps; a step yields a tree of tasks, or signals an entity.
 */
import { randomFrom } from '../../../local/feed/random.ts'

export type Node =
  | { readonly kind: 'activity'; readonly value: string; readonly milliseconds: number; readonly error?: string }
  /** Fails so many times; `attempts` are made at most. */
  | { readonly kind: 'retried'; readonly value: string; readonly times: number; readonly attempts: number }
  | { readonly kind: 'timer'; readonly milliseconds: number }
  | { readonly kind: 'event'; readonly name: string }
  | { readonly kind: 'sub'; readonly program: Program }
  | { readonly kind: 'all' | 'any'; readonly nodes: readonly Node[] }

export type Step =
  { readonly signal: number } | { readonly node: Node; /** Yields the parts of an `any` too. */ readonly awaitsRest: boolean }

export interface Program {
  readonly steps: readonly Step[]
  /** How often it runs: each but the last ends with continueAsNew. */
  readonly rounds: number
  /** Asks the entity in the end what its signals amount to. */
  readonly sums: boolean
}
