/** Which values of a document a container's indexing policy indexes. */
import { badRequest } from './errors.ts'
import { isArray, isObject, type Json, type JsonObject } from './json.ts'

/** Policy paths as a tree; the most precise path that fits a value decides. */
interface PathNode {
  readonly children: Map<string, PathNode>
  /** Set by `/?`: the value at this very path. */
  exact?: boolean
  /** Set by `/*`: everything from here on. */
  below?: boolean
}

export interface IndexingPolicy {
  readonly root: PathNode
}

export const defaultIndexingPolicy: JsonObject = {
  indexingMode: 'consistent',
  automatic: true,
  includedPaths: [{ path: '/*' }],
  excludedPaths: [{ path: '/"_etag"/?' }],
}

/** Compiles a container's `indexingPolicy`; a path that is not understood is the caller's mistake (400). */
export const compileIndexingPolicy = (policy: JsonObject): IndexingPolicy => {
  const root: PathNode = { children: new Map() }
  if (policy['indexingMode'] === 'none') return { root }
  const add = (list: Json | undefined, included: boolean): void => {
    if (list === undefined) return
    if (!isArray(list)) throw badRequest('includedPaths and excludedPaths of an indexing policy must be arrays.')
    for (const entry of list) addPath(root, isObject(entry) ? entry['path'] : undefined, included)
  }
  add(policy['includedPaths'], true)
  add(policy['excludedPaths'], false)
  return { root }
}

/** Indexed terms of a document: one text for each indexed scalar, made of its path and its value. */
export const indexedTerms = (document: JsonObject, policy: IndexingPolicy): Set<string> => {
  const terms = new Set<string>()
  const walk = (value: Json, path: string, node: PathNode | undefined, inherited: boolean): void => {
    const below = node?.below ?? inherited
    if (typeof value === 'object' && value !== null) {
      if (!below && (node === undefined || node.children.size === 0)) return
      if (isArray(value)) for (const item of value) walk(item, `${path}/[]`, node?.children.get('[]'), below)
      else
        for (const name of Object.keys(value))
          walk(value[name] ?? null, `${path}/${name}`, node?.children.get(name), below)
    } else if (node?.exact ?? below) terms.add(`${path} ${JSON.stringify(value)}`)
  }
  walk(document, '', policy.root, false)
  return terms
}

/** How many terms differ between two versions of a document: a changed value is one. */
export const modifiedTerms = (before: ReadonlySet<string>, after: ReadonlySet<string>): number =>
  Math.max(before.difference(after).size, after.difference(before).size)

/** Whether the scalar at the path (`['windowEnd']`) is indexed. */
export const isIndexed = (path: readonly string[], policy: IndexingPolicy): boolean => {
  let node: PathNode | undefined = policy.root
  let below = node.below ?? false
  for (const name of path) {
    node = node?.children.get(name)
    below = node?.below ?? below
  }
  return node?.exact ?? below
}

/** The indexed numbers at the top of a document: what queries can look up without scanning. */
export const indexedNumbers = (document: JsonObject, policy: IndexingPolicy): Map<string, number> => {
  const numbers = new Map<string, number>()
  for (const name of Object.keys(document)) {
    const value = document[name]
    if (typeof value === 'number' && isIndexed([name], policy)) numbers.set(name, value)
  }
  return numbers
}

const addPath = (root: PathNode, path: Json | undefined, included: boolean): void => {
  const steps = typeof path === 'string' ? path.match(/\/(?:"[^"]*"|[^/]+)/g) : null
  const last = steps?.pop()
  if (typeof path !== 'string' || !path.startsWith('/') || (last !== '/?' && last !== '/*')) {
    throw badRequest(`The indexing path ${JSON.stringify(path)} must start with / and end with /? or /*.`)
  }
  let node = root
  for (const step of steps ?? []) {
    const name = step.slice(1).replace(/^"(.*)"$/, '$1')
    let child = node.children.get(name)
    if (child === undefined) node.children.set(name, (child = { children: new Map() }))
    node = child
  }
  if (last === '/?') node.exact = included
  else node.below = included
}
