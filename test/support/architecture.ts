/** The direction of imports, and what the pure folders may not do: rules over file texts. */
import { dirname, join } from 'node:path/posix'
import ts from 'typescript'

interface Rule {
  /** Folders of the repository that may be imported. */
  readonly folders: readonly string[]
  /** Packages that may be imported; undefined: any. */
  readonly packages?: readonly string[]
  readonly isPure?: boolean
}

/** Pure libraries, and built-ins without I/O. */
const purePackages = [
  '@sinclair/typebox',
  '@sinclair/typebox/compiler',
  'bowser',
  'crawler-user-agents',
  'xxhash-wasm',
  'node:buffer',
  'node:crypto',
  'node:net',
]

const rules: readonly (readonly [folder: string, rule: Rule])[] = [
  ['shared/contracts', { folders: ['shared/contracts'], packages: [], isPure: true }],
  ['shared/ports', { folders: ['shared/contracts', 'shared/ports'], packages: [], isPure: true }],
  // node:net for isIPv4 and isIPv6, which open nothing.
  [
    'shared/core',
    {
      folders: ['shared/contracts', 'shared/ports', 'shared/core', 'shared/errors.ts'],
      packages: purePackages,
      isPure: true,
    },
  ],
  [
    'shared/flows',
    {
      folders: ['shared/contracts', 'shared/ports', 'shared/core', 'shared/flows', 'shared/errors.ts'],
      packages: [],
      isPure: true,
    },
  ],
  // The manifest is written by a script of its own.
  ['shared/streams/export-manifest.ts', { folders: ['shared/streams'], packages: ['node:fs/promises'] }],
  [
    'shared/streams',
    {
      folders: ['shared/contracts', 'shared/core', 'shared/streams', 'shared/errors.ts'],
      packages: purePackages,
      isPure: true,
    },
  ],
  [
    'shared/adapters',
    {
      folders: [
        'shared/contracts',
        'shared/ports',
        'shared/core',
        'shared/adapters',
        'shared/errors.ts',
        'shared/config.ts',
      ],
    },
  ],
  ['shared/compose.ts', { folders: ['shared'], packages: [] }],
  ['shared', { folders: ['shared/contracts', 'shared/errors.ts'], packages: [] }],
  [
    'functions',
    {
      folders: ['functions', 'shared/contracts', 'shared/core', 'shared/errors.ts', 'shared/compose.ts'],
      packages: ['@azure/functions', 'durable-functions'],
    },
  ],
  // What is deployed is told by contracts and settings; nothing that runs knows how it was deployed.
  ['infra', { folders: ['infra', 'shared/contracts', 'shared/config.ts', 'shared/errors.ts'] }],
  // An emulator emulates Azure, not Millrace. build.ts makes what the host loads.
  ['local', { folders: ['local', 'shared/contracts', 'build.ts'] }],
]

/** Packages that belong to one folder alone. */
const owned: Readonly<Record<string, string>> = { '@azure/functions': 'functions', 'durable-functions': 'functions' }

/** Every violation in words, ordered by file. `files`: repository path to source text. */
export const architectureViolations = (files: ReadonlyMap<string, string>): string[] => {
  const sources = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([file, text]) => parse(file, text))
  return [...sources.flatMap(ruleViolations), ...cycles(sources)]
}

interface Source {
  readonly file: string
  readonly imports: readonly string[]
  /** Impure things used, as written. */
  readonly impurities: readonly string[]
}

const parse = (file: string, text: string): Source => {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const imports: string[] = []
  const impurities: string[] = []
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      const name = (node.moduleSpecifier as ts.StringLiteral).text
      imports.push(name.startsWith('.') ? join(dirname(file), name) : name)
    }
    const impurity = impurityOf(node)
    if (impurity !== undefined) impurities.push(impurity)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return { file, imports, impurities }
}

const impurityOf = (node: ts.Node): string | undefined => {
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0)
    return 'new Date()'
  if (!ts.isPropertyAccessExpression(node)) return undefined
  const text = node.getText()
  if (['Date.now', 'Math.random', 'performance.now'].includes(text)) return text
  return node.expression.getText() === 'process' ? 'process' : undefined
}

const ruleViolations = ({ file, imports, impurities }: Source): string[] => {
  const [folder, rule] = rules.find(([prefix]) => file === prefix || file.startsWith(`${prefix}/`)) ?? ['', undefined]
  if (rule === undefined) return []
  const name = folder.split('/').at(-1)!
  const found = imports.flatMap((target) => {
    const isOurs = /^(functions|shared|local|infra|test)\//.test(target) || /^[\w-]+\.ts$/.test(target)
    if (isOurs) {
      const isAllowed = rule.folders.some((prefix) => target === prefix || target.startsWith(`${prefix}/`))
      return isAllowed ? [] : [`${file}: ${name} may not import ${target.split('/').slice(0, 2).join('/')}`]
    }
    const owner = owned[target]
    const isAllowed =
      (owner === undefined || owner === name) && (rule.packages === undefined || rule.packages.includes(target))
    return isAllowed ? [] : [`${file}: ${name} may not import the package ${target}`]
  })
  const used =
    rule.isPure === true ? [...new Set(impurities)].map((what) => `${file}: ${name} may not use ${what}`) : []
  return [...found, ...used]
}

const cycles = (sources: readonly Source[]): string[] => {
  const imports = new Map(sources.map((source) => [source.file, source.imports]))
  const done = new Set<string>()
  const found: string[] = []
  const walk = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file)
    if (start >= 0) {
      found.push(`${file}: imports itself by way of ${path.slice(start + 1).join(', ')}`)
      return
    }
    if (done.has(file)) return
    for (const target of imports.get(file) ?? []) if (imports.has(target)) walk(target, [...path, file])
    done.add(file)
  }
  for (const { file } of sources) walk(file, [])
  return found
}
