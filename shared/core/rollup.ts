/**
 * A window of a rollup and the groups in it.
 *
 *   window [start, end)   groups in order of first appearance, packed into slabs of `groupsPerSlab`
 *   ┌──────── slab 0 ────────┐┌──────── slab 1 ────────┐
 *   │ /  │ /cart │ /p/1 │ …  ││ /p/7 │ /p/9 │          │      beyond maxGroups: one group `__other__`
 *   └────────────────────────┘└────────────────────────┘
 */
import type { Event } from '../contracts/raw-event.ts'
import type { Accumulator } from './accumulator.ts'
import { createAccumulator } from './accumulators.ts'
import type { CompiledRollup } from './compiled-stream.ts'
import { otherKey } from './group-key.ts'
import type { Position } from './position.ts'

export interface Group {
  readonly key: string
  /** In the order of the rollup's metrics. */
  readonly metrics: readonly Accumulator[]
}

export class RollupWindow {
  readonly rollup: CompiledRollup
  readonly start: number
  readonly end: number
  /** In order of first appearance: the position decides the slab. */
  readonly groups: Group[] = []
  readonly #positions = new Map<string, number>()
  readonly #storedBytes = new Map<number, number>()
  /** New groups were turned away to `__other__`. */
  approximate = false

  constructor(rollup: CompiledRollup, start: number) {
    this.rollup = rollup
    this.start = start
    this.end = start + rollup.everyMs
  }

  /** Counts the event in its group and returns the number of the slab that changed. */
  fold(key: string, event: Event, position: Position): number {
    const index = this.#indexOf(key)
    const { metrics } = this.groups[index]!
    const definitions = this.rollup.metrics
    // Counted by hand: for every event, rollup and metric.
    for (let i = 0; i < definitions.length; i += 1) {
      const { where, read } = definitions[i]!
      if (where(event)) metrics[i]!.add(read(event), position)
    }
    return this.slabOf(index)
  }

  /** Takes over groups as they were stored, in slab order. */
  restore(groups: readonly Group[], approximate: boolean): void {
    for (const group of groups) this.#positions.set(group.key, this.groups.push(group) - 1)
    this.approximate ||= approximate
  }

  /** Adds a group of another shard's window. */
  merge(group: Group): void {
    const mine = this.groups[this.#indexOf(group.key)]!
    for (const [i, metric] of group.metrics.entries()) mine.metrics[i]!.merge(metric)
  }

  /** How many base64 bytes a slab took when it was last stored; 0 for a new one. */
  storedBytes(slab: number): number {
    return this.#storedBytes.get(slab) ?? 0
  }

  recordStoredBytes(slab: number, bytes: number): void {
    this.#storedBytes.set(slab, bytes)
  }

  slabOf(index: number): number {
    return Math.floor(index / this.rollup.groupsPerSlab)
  }

  slab(number: number): readonly Group[] {
    const { groupsPerSlab } = this.rollup
    return this.groups.slice(number * groupsPerSlab, (number + 1) * groupsPerSlab)
  }

  #indexOf(key: string): number {
    const known = this.#positions.get(key)
    if (known !== undefined) return known
    const other = otherKey(this.rollup.by)
    if (key !== other && this.#ordinaryGroups(other) >= this.rollup.maxGroups) {
      this.approximate = true
      return this.#indexOf(other)
    }
    this.#positions.set(key, this.groups.length)
    return this.groups.push({ key, metrics: emptyMetrics(this.rollup) }) - 1
  }

  #ordinaryGroups(other: string): number {
    return this.groups.length - (this.#positions.has(other) ? 1 : 0)
  }
}

export const emptyMetrics = (rollup: CompiledRollup): Accumulator[] =>
  rollup.metrics.map((metric) => createAccumulator(metric.definition))
