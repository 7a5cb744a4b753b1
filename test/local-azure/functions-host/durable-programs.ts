/**
 * Random orchestrations: programs that the fixture's orchestrator `program` runs, and what may come of each. A program is a
 * list of steps; a step yields a tree of tasks, or signals an entity.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Random } from '../../../local/feed/random.ts'

export type Node =
  | { readonly kind: 'activity'; readonly value: string; readonly milliseconds: number; readonly error?: string }
  /** Fails so many times; `attempts` are made at most. */
  | { readonly kind: 'retried'; readonly value: string; readonly times: number; readonly attempts: number }
  | { readonly kind: 'timer'; readonly milliseconds: number }
  | { readonly kind: 'event'; readonly name: string }
  | { readonly kind: 'sub'; readonly program: Program }
  | { readonly kind: 'all' | 'any'; readonly nodes: readonly Node[] }

export type Step =
  | { readonly signal: number }
  /** `awaitsRest`: yields the parts of an `any` too, one after the other. */
  | { readonly node: Node; readonly awaitsRest: boolean }

export interface Program {
  readonly steps: readonly Step[]
  /** How often it runs: each but the last ends with continueAsNew. */
  readonly rounds: number
  /** Asks the entity in the end what its signals amount to. */
  readonly sums: boolean
}

/** `depth`: of the trees, and of programs within programs. */
export const randomProgram = (random: Random, depth = 2, isTop = true): Program => {
  const rounds = isTop && random.chance(0.2) ? 2 : 1
  // Events that come before continueAsNew are lost with it, and a sub-orchestration's id is nobody's business.
  const maker = new Maker(random, isTop && rounds === 1)
  const steps = Array.from({ length: 1 + random.below(isTop ? 5 : 3) }, () => maker.step(depth))
  return { steps, rounds, sums: steps.some((step) => 'signal' in step) }
}

class Maker {
  readonly #random: Random
  readonly #hasEvents: boolean
  /** Retries that go on behind a compound that has ended: while they do, nothing may be yielded twice. */
  #hasRetriesBehind = false
  #names = 0

  constructor(random: Random, hasEvents: boolean) {
    this.#random = random
    this.#hasEvents = hasEvents
  }

  step(depth: number): Step {
    const random = this.#random
    if (random.chance(0.15)) return { signal: 1 + random.below(9) }
    if (!this.#hasRetriesBehind && random.chance(0.2)) {
      const nodes = Array.from({ length: 2 + random.below(2) }, () => this.#leaf(['activity', 'timer', 'failing']))
      return { node: { kind: 'any', nodes }, awaitsRest: true }
    }
    return { node: this.#node(depth, false), awaitsRest: false }
  }

  #node(depth: number, isInCompound: boolean): Node {
    const random = this.#random
    if (depth > 0 && random.chance(0.5)) {
      const kind = random.pick(['all', 'any'] as const)
      const nodes = Array.from({ length: 1 + random.below(3) }, () => this.#node(depth - 1, true))
      return { kind, nodes }
    }
    if (depth > 0 && random.chance(0.15)) return { kind: 'sub', program: randomProgram(random, depth - 1, false) }
    const leaf = this.#leaf(['activity', 'activity', 'timer', 'failing', 'retried', 'retried', 'event'])
    if (isInCompound && leaf.kind === 'retried') this.#hasRetriesBehind = true
    return leaf
  }

  #leaf(kinds: readonly ('activity' | 'timer' | 'failing' | 'retried' | 'event')[]): Node {
    const random = this.#random
    const kind = random.pick(kinds)
    const value = `v${(this.#names += 1)}`
    const milliseconds = random.chance(0.5) ? 0 : random.below(6)
    switch (kind) {
      case 'timer':
        return { kind, milliseconds }
      case 'failing':
        return { kind: 'activity', value, milliseconds, error: `e${value}` }
      case 'retried':
        return { kind, value, times: random.below(4), attempts: 1 + random.below(3) }
      case 'event':
        return this.#hasEvents ? { kind, name: value } : { kind: 'activity', value, milliseconds }
      case 'activity':
        return { kind, value, milliseconds }
    }
  }
}

/** The names of the events that it may wait for. */
export const eventsOf = ({ steps }: Program): readonly string[] =>
  steps.flatMap((step) => ('node' in step ? eventsIn(step.node) : []))

const eventsIn = (node: Node): readonly string[] => {
  if (node.kind === 'event') return [node.name]
  return 'nodes' in node ? node.nodes.flatMap(eventsIn) : []
}

/** What is wrong with an output; undefined: it is one that may be. */
export const wrongIn = (program: Program, output: unknown): string | undefined => {
  const { results, sum } = output as { readonly results: readonly unknown[]; readonly sum: number | null }
  const nodes = program.steps.flatMap((step) => ('node' in step ? [step.node] : []))
  const signals = program.steps.flatMap((step) => ('signal' in step ? [step.signal] : []))
  const expectedSum = program.sums ? program.rounds * signals.reduce((a, b) => a + b, 0) : null
  if (sum !== expectedSum) return `the sum is ${sum}, not ${expectedSum}`
  if (results.length !== nodes.length) return `there are ${results.length} results, not ${nodes.length}`
  return nodes.map((node, i) => wrongResult(node, results[i])).find((wrong) => wrong !== undefined)
}

const wrongResult = (node: Node, result: unknown): string | undefined => {
  const errors = errorsOf(node)
  if (errors.length > 0) {
    const { error } = result as { readonly error?: string }
    return error !== undefined && errors.includes(error) ? undefined : unexpected(node, result)
  }
  switch (node.kind) {
    case 'activity':
    case 'retried':
      return isDeepStrictEqual(result, node.value) ? undefined : unexpected(node, result)
    case 'timer':
      return result === 'fired' ? undefined : unexpected(node, result)
    case 'event':
      return result === node.name ? undefined : unexpected(node, result)
    case 'sub':
      return wrongIn(node.program, result)
    case 'all':
      return node.nodes
        .map((child, i) => wrongResult(child, (result as readonly unknown[])[i]))
        .find((wrong) => wrong !== undefined)
    case 'any': {
      const { won, value } = result as { readonly won: number; readonly value: unknown }
      const winner = node.nodes[won]
      return winner === undefined ? unexpected(node, result) : wrongResult(winner, value)
    }
  }
}

const unexpected = (node: Node, result: unknown): string => `${JSON.stringify(result)} came of ${JSON.stringify(node)}`

/** With which texts it may fail; none: it does not. */
const errorsOf = (node: Node): readonly string[] => {
  switch (node.kind) {
    case 'activity':
      return node.error === undefined ? [] : [`Activity function 'give' failed: ${node.error} \n `]
    case 'retried':
      return node.times < node.attempts ? [] : [`Activity function 'giveAfter' failed: failed ${node.value} \n `]
    case 'all':
      return node.nodes.flatMap(errorsOf)
    default:
      return []
  }
}
