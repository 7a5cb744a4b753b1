/** The durable functions of an app, by kind and name; names are compared without regard to case. */
import type { RegisteredFunction } from '../registry.ts'
import { entityOf, httpActivityName } from './protocol.ts'
import type { Scheduled } from './scheduled.ts'

export type DurableKind = 'orchestrator' | 'activity' | 'entity'

const kinds: Readonly<Record<string, DurableKind>> = {
  orchestrationTrigger: 'orchestrator',
  activityTrigger: 'activity',
  entityTrigger: 'entity',
}

export const durableKindOf = (fn: RegisteredFunction): DurableKind | undefined => kinds[fn.trigger.type]

/** Whether an app needs the engine: it has durable functions, or a client of them. */
export const usesDurable = (functions: readonly RegisteredFunction[]): boolean =>
  functions.some((fn) => durableKindOf(fn) !== undefined || Object.values(fn.bindings).some(isDurableClient))

export const isDurableClient = ({ type }: { readonly type: string }): boolean => type === 'durableClient'

export class DurableFunctions {
  readonly #functions: readonly RegisteredFunction[]

  constructor(functions: readonly RegisteredFunction[]) {
    this.#functions = functions.filter((fn) => durableKindOf(fn) !== undefined)
  }

  find(kind: DurableKind, name: string): RegisteredFunction | undefined {
    return this.#functions.find((fn) => durableKindOf(fn) === kind && fn.name.toLowerCase() === name.toLowerCase())
  }

  /** What is wrong with calling one; undefined: it is there. */
  missing(kind: DurableKind, name: string): string | undefined {
    if (this.find(kind, name) !== undefined) return undefined
    const names = this.#functions.filter((fn) => durableKindOf(fn) === kind).map((fn) => `'${fn.name}'`)
    const known = names.length === 0 ? 'There is none.' : `There are: ${names.join(', ')}.`
    return `The function '${name}' doesn't exist, is disabled, or is not an ${kind} function. ${known}`
  }

  missingFor(scheduled: Scheduled): string | undefined {
    switch (scheduled.kind) {
      case 'activity':
        return scheduled.name === httpActivityName ? undefined : this.missing('activity', scheduled.name)
      case 'subOrchestration':
        return this.missing('orchestrator', scheduled.name)
      case 'entityMessage':
        return this.missing('entity', entityOf(scheduled.entityId).name)
      case 'timer':
        return undefined
    }
  }
}
