/** Which of two definitions of a stream is the newer one: decided by the versions in them alone, the same on every host. */
import type { DefinitionVersions } from '../contracts/state-documents.ts'

export type DefinitionRelation =
  /** The same rules and rollups. */
  | { readonly kind: 'same' }
  /** The app's is newer than the stored one. `began`: the rollups, by name, whose version begins with it. */
  | { readonly kind: 'newer'; readonly began: readonly string[] }
  | { readonly kind: 'older' }
  /** Something was changed without raising its version; or each is newer in something. */
  | { readonly kind: 'unclear'; readonly problems: readonly string[] }

export const relateDefinitions = (stored: DefinitionVersions, app: DefinitionVersions): DefinitionRelation => {
  const names = [...new Set([...Object.keys(stored.rollups), ...Object.keys(app.rollups)])]
  const steps: Step[] = [stepOf('version', stored.rules, app.rules)]
  for (const name of names) {
    const [before, after] = [stored.rollups[name], app.rollups[name]]
    // Added or removed: only the version of the whole stream can tell which of the two came first.
    if (before !== undefined && after !== undefined) steps.push(stepOf(`rollups.${name}.version`, before, after))
    else if (stored.rules.version === app.rules.version) {
      steps.push({ direction: 0, problem: `version: raise it, rollup ${name} was added or removed` })
    }
  }
  const problems = steps.flatMap(({ problem }) => (problem === undefined ? [] : [problem]))
  const directions = new Set(steps.map(({ direction }) => direction).filter((direction) => direction !== 0))
  if (directions.size > 1) problems.push('one part is newer and another older than what has counted so far')
  if (problems.length > 0) return { kind: 'unclear', problems }
  if (directions.size === 0) return { kind: 'same' }
  if (directions.has(-1)) return { kind: 'older' }
  return { kind: 'newer', began: names.filter((name) => hasBegun(stored.rollups[name], app.rollups[name])) }
}

type Versioned = DefinitionVersions['rules']

interface Step {
  /** 1: the app's is newer; -1: older; 0: the same. */
  readonly direction: 1 | -1 | 0
  readonly problem?: string
}

const stepOf = (path: string, before: Versioned, after: Versioned): Step => {
  if (after.version !== before.version) return { direction: after.version > before.version ? 1 : -1 }
  return before.hash === after.hash
    ? { direction: 0 }
    : { direction: 0, problem: `${path}: raise it to ${before.version + 1}, for what it stands for was changed` }
}

const hasBegun = (before: Versioned | undefined, after: Versioned | undefined): boolean =>
  after !== undefined && after.version !== before?.version
