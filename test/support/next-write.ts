import type { Faults } from '../../shared/adapters/memory/faults.ts'

/** Faults that hit only the next call of one of these operations. */
export const nextWrite = (operations: readonly string[]) => {
  let due: 'before' | 'after' | undefined
  const faults: Faults = (operation) => {
    if (due === undefined || !operations.includes(operation)) return 'fine'
    const fault = due
    due = undefined
    return fault
  }
  return {
    faults,
    failNextWrite: (when: 'before' | 'after'): void => {
      due = when
    },
  }
}
