import type { Event } from '../../contracts/raw-event.ts'
import type { Comparison, Predicate } from '../../contracts/stream-definition.ts'

export type Test = (event: Event) => boolean

const always: Test = () => true

/** A predicate as a function. Comparisons of one object hold together; an absent field equals nothing, not even null. */
export const compilePredicate = (predicate: Predicate | undefined): Test => {
  if (predicate === undefined) return always
  const tests = Object.entries(predicate).map(([name, value]): Test => {
    if (name === 'not') {
      const inner = compilePredicate(value as Predicate)
      return (event) => !inner(event)
    }
    if (name === 'any') {
      const inner = (value as Predicate[]).map(compilePredicate)
      return (event) => inner.some((test) => test(event))
    }
    if (name === 'all') return both((value as Predicate[]).map(compilePredicate))
    const compare = compileComparison(value as Comparison)
    const read = fieldReader(name)
    return (event) => compare(read(event))
  })
  return both(tests)
}

/** Own fields only: `constructor` and its like are no fields unless the event has them itself. */
export const fieldReader = (field: string): ((event: Event) => unknown) =>
  field in Object.prototype
    ? (event) => (Object.hasOwn(event, field) ? event[field] : undefined)
    : (event) => event[field]

const both = (tests: readonly Test[]): Test => {
  const [first, second] = tests
  if (first === undefined) return always
  if (second === undefined) return first
  return (event) => tests.every((test) => test(event))
}

const compileComparison = (comparison: Comparison): ((value: unknown) => boolean) => {
  if (typeof comparison !== 'object' || comparison === null) return (value) => value === comparison
  if ('in' in comparison) {
    const values = new Set<unknown>(comparison.in)
    return (value) => values.has(value)
  }
  if ('exists' in comparison) return (value) => (value !== undefined) === comparison.exists
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = comparison
  const open = comparison.gt === undefined
  const closed = comparison.lt === undefined
  return (value) =>
    typeof value === 'number' && (open || value > gt) && value >= gte && (closed || value < lt) && value <= lte
}
