/** Reads Bicep sources without the compiler: the subset that tree-sitter-bicep parses, which is the one to write in. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Language, Parser, type Node } from 'web-tree-sitter'
import { unknown, type Property, type Value } from './value.ts'

export interface SourceResource {
  readonly type: string
  readonly version: string
  readonly line: number
  readonly isExisting: boolean
  /** Without what is Bicep's own: parent, scope, dependsOn. */
  readonly body: Value
}

export interface BicepFile {
  /** Lines that do not parse. */
  readonly unparsed: readonly number[]
  readonly resources: readonly SourceResource[]
  /** Modules with what they say they depend on. */
  readonly modules: readonly { readonly name: string; readonly path: string; readonly dependsOn: readonly string[] }[]
  /** Parameters, outputs, and types with whether they are described, and how. */
  readonly declarations: readonly Declaration[]
}

export interface Declaration {
  readonly kind: 'param' | 'output'
  readonly name: string
  readonly line: number
  /** undefined: none. */
  readonly description: string | undefined
  /** A number or a number of characters that it may not exceed. */
  readonly maxLength: number | undefined
}

export type BicepReader = (text: string) => BicepFile

/** Loads the grammar once. */
export const createBicepReader = async (root: string): Promise<BicepReader> => {
  await Parser.init()
  const grammar = readFileSync(join(root, 'node_modules', 'tree-sitter-bicep', 'tree-sitter-bicep.wasm'))
  const parser = new Parser()
  parser.setLanguage(await Language.load(grammar))
  return (text) => {
    const tree = parser.parse(text)
    if (tree === null) throw new Error('tree-sitter gave no tree')
    try {
      return readTree(tree.rootNode)
    } finally {
      tree.delete()
    }
  }
}

const readTree = (rootNode: Node): BicepFile => ({
  unparsed: unparsedLines(rootNode),
  resources: rootNode.namedChildren.filter(isResource).flatMap((node) => readResource(node, undefined)),
  modules: rootNode.namedChildren.filter(isModule).map(readModule),
  declarations: readDeclarations(rootNode.namedChildren.filter((node) => node !== null)),
})

const isResource = (node: Node | null): node is Node => node?.type === 'resource_declaration'
const isModule = (node: Node | null): node is Node => node?.type === 'module_declaration'
const lineOf = (node: Node): number => node.startPosition.row + 1
const childOf = (node: Node, ...types: string[]): Node | undefined =>
  node.namedChildren.find((child) => child !== null && types.includes(child.type)) ?? undefined

const unparsedLines = (node: Node): number[] => {
  if (node.isError || node.isMissing) return [lineOf(node)]
  return node.hasError ? node.children.flatMap((child) => (child === null ? [] : unparsedLines(child))) : []
}

/** A resource and those nested in it, which take the front of their type and their version from it. */
const readResource = (node: Node, parent: { type: string; version: string } | undefined): SourceResource[] => {
  const declared = textOf(childOf(node, 'string'))
  const [name = '', ownVersion] = declared.split('@')
  const version = ownVersion ?? parent?.version ?? ''
  const type = parent === undefined ? name : `${parent.type}/${name}`
  const object = bodyOf(node)
  if (object === undefined) return []
  const isExisting = node.children.some((child) => child?.type === 'existing' || child?.text === 'existing')
  const nested = object.namedChildren
    .flatMap((child) => (child?.type === 'object_property' ? child.namedChildren : [child]))
    .filter(isResource)
  return [
    {
      type,
      version,
      line: lineOf(node),
      isExisting,
      body: readObject(object, new Set(['parent', 'scope', 'dependsOn'])),
    },
    ...nested.flatMap((child) => readResource(child, { type, version })),
  ]
}

/** The object of a declaration, which may stand under a loop, a condition, or both. */
const bodyOf = (node: Node): Node | undefined => {
  const object = childOf(node, 'object')
  if (object !== undefined) return object
  const wrapped = childOf(node, 'for_statement', 'if_statement')
  return wrapped === undefined ? undefined : bodyOf(wrapped)
}

const readModule = (node: Node): BicepFile['modules'][number] => {
  const body = bodyOf(node)
  const dependsOn = body?.namedChildren
    .filter((child) => child?.type === 'object_property' && child.namedChild(0)?.text === 'dependsOn')
    .flatMap((child) => child?.namedChild(1)?.namedChildren.map((item) => item?.text ?? '') ?? [])
  return {
    name: childOf(node, 'identifier')?.text ?? '',
    path: textOf(childOf(node, 'string')),
    dependsOn: dependsOn ?? [],
  }
}

const readDeclarations = (nodes: readonly Node[]): Declaration[] =>
  nodes.flatMap((node, i): Declaration[] => {
    const kind = { parameter_declaration: 'param' as const, output_declaration: 'output' as const }[node.type]
    if (kind === undefined) return []
    const before = nodes[i - 1]
    const decorators = before?.type === 'decorators' ? before.text : ''
    return [
      {
        kind,
        name: childOf(node, 'identifier')?.text ?? '',
        line: lineOf(node),
        description: /@description\('((?:[^'\\]|\\.)*)'\)/.exec(decorators)?.[1],
        maxLength: numberOf(/@maxLength\((\d+)\)/.exec(decorators)?.[1]),
      },
    ]
  })

const numberOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text))

const readValue = (node: Node | null | undefined): Value => {
  if (node === null || node === undefined) return unknown
  const line = lineOf(node)
  switch (node.type) {
    case 'object':
      return readObject(node, new Set())
    case 'array':
      return {
        kind: 'array',
        items: node.namedChildren.filter((item) => item?.type !== 'comment').map(readValue),
        line,
      }
    case 'string':
      return isInterpolated(node) ? { kind: 'unknown', line } : { kind: 'literal', value: textOf(node), line }
    case 'number':
      return { kind: 'literal', value: Number(node.text), line }
    case 'boolean':
      return { kind: 'literal', value: node.text === 'true', line }
    case 'null':
      return { kind: 'literal', value: null, line }
    case 'parenthesized_expression':
      return readValue(node.namedChild(0))
    case 'ternary_expression': {
      const branches = [node.childForFieldName('consequence'), node.childForFieldName('alternative')]
      return { kind: 'either', values: branches.map(readValue), line }
    }
    default:
      return { kind: 'unknown', line }
  }
}

const readObject = (node: Node, ownWords: ReadonlySet<string>): Value => {
  const nodes = node.namedChildren.filter((child) => child?.type === 'object_property')
  const properties = nodes.flatMap((child): Property[] => {
    const [key, value] = [child?.namedChild(0), child?.namedChild(1)]
    if (key === null || key === undefined || key.type === 'resource_declaration' || isInterpolated(key)) return []
    const name = key.type === 'string' ? textOf(key) : key.text
    return ownWords.has(name) ? [] : [{ name, value: readValue(value), line: lineOf(key) }]
  })
  const isOpen = nodes.some((child) => child !== null && isInterpolated(child.namedChild(0)))
  return { kind: 'object', properties, isOpen, line: lineOf(node) }
}

const isInterpolated = (node: Node | null | undefined): boolean =>
  node?.type === 'string' && node.namedChildren.some((child) => child?.type === 'interpolation')

/** A text without its quotes and escapes. */
const textOf = (node: Node | undefined): string =>
  (node?.text ?? '').replace(/^'|'$/g, '').replaceAll(/\\(.)/g, (_, escaped: string) => escaped)
