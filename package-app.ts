/** `npm run package`: puts everything that runs in Azure into dist/package, from what is installed here. */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { build, external } from './build.ts'

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly dependencies?: Record<string, string> }>
  >
}

/** The host brings it along. */
const fromHost = '@azure/functions-core'

export interface PackageOptions {
  /** Repository root, with dist/ built and node_modules installed. */
  readonly root: string
  /** Folder that is made anew. */
  readonly target: string
}

/** The bundle, host.json, a package.json of its own and, of node_modules, only what the bundle leaves outside. */
export const packageApp = async ({ root, target }: PackageOptions): Promise<void> => {
  const own = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as PackageJson
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lock
  const outside = external.filter((name) => name !== fromHost)
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true })
  await cp(join(root, 'host.json'), join(target, 'host.json'))
  await cp(join(root, 'dist', 'functions'), join(target, 'dist', 'functions'), { recursive: true })
  await writeFile(join(target, 'package.json'), `${JSON.stringify(packageJson(own, outside), null, 2)}\n`)
  // Without one azd leaves node_modules out of what it uploads.
  await writeFile(join(target, '.funcignore'), '# Everything here is deployed.\n')
  for (const path of closure(lock, outside)) await copyPackage(join(root, path), join(target, path))
}

interface PackageJson {
  readonly name: string
  readonly version: string
  readonly type: string
  readonly main: string
  readonly dependencies: Readonly<Record<string, string>>
}

const packageJson = ({ name, version, type, main, dependencies }: PackageJson, outside: readonly string[]): object => ({
  name,
  version,
  private: true,
  type,
  main,
  dependencies: Object.fromEntries(outside.map((dependency) => [dependency, dependencies[dependency]])),
})

/** Paths of the packages and of all that they need in turn, as the lock file places them. */
const closure = ({ packages }: Lock, names: readonly string[]): string[] => {
  const found = new Set<string>()
  const add = (name: string, from: string): void => {
    const path = placeOf(name, from, packages)
    if (path === undefined || found.has(path)) return
    found.add(path)
    for (const needed of Object.keys(packages[path]?.dependencies ?? {})) add(needed, path)
  }
  for (const name of names) add(name, '')
  return [...found].sort()
}

/** Where Node finds a package that is asked for at `from`: nested first, then further up. */
const placeOf = (name: string, from: string, packages: Lock['packages']): string | undefined => {
  const path = from === '' ? `node_modules/${name}` : `${from}/node_modules/${name}`
  if (packages[path] !== undefined) return path
  if (from === '') return undefined
  const end = from.lastIndexOf('/node_modules/')
  return placeOf(name, end < 0 ? '' : from.slice(0, end), packages)
}

const copyPackage = async (from: string, to: string): Promise<void> => {
  await mkdir(dirname(to), { recursive: true })
  const nested = join(from, 'node_modules')
  await cp(from, to, { recursive: true, filter: (file) => file !== nested })
}

if (import.meta.main) {
  const root = import.meta.dirname
  await build({ root })
  await packageApp({ root, target: join(root, 'dist', 'package') })
}
