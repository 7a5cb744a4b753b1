/** `npm run package`: the folder that is deployed: host.json, the bundled app, and the few packages outside the bundle. */
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { build, external } from './build.ts'

export interface PackageOptions {
  /** Repository root, with its packages installed. */
  readonly root: string
  /** Becomes the package; what is there is replaced, once the new one is whole. */
  readonly directory: string
}

export interface PackedApp {
  readonly bytes: number
  readonly files: number
}

/** Unpacked. Instances download and unpack the package when they start: its size is their cold start. */
export const mostBytes = 40_000_000

/** What of a package is read at run time, where that is less than all: its data is mostly in forms that nobody reads. */
const partsOf: Readonly<Record<string, readonly string[]>> = {
  '@ip-location-db/asn-country': ['NRO_LICENSE', 'asn-country-ipv4-num.csv', 'asn-country-ipv6-num.csv'],
}

/** The Functions host brings it along. */
const ofTheHost = '@azure/functions-core'

/** Of the Node that runs it in Azure; `npm start` itself is content with less. */
const engines = { node: '>=22' }

/** Makes the package. Rejects where an installed package is not the locked one, or the whole is larger than it may be. */
export const packageApp = async ({ root, directory }: PackageOptions): Promise<PackedApp> => {
  const fresh = `${directory}.${process.pid}`
  try {
    await mkdir(fresh, { recursive: true })
    await build({ root, directory: fresh, sourceMaps: false })
    for (const file of ['host.json', 'LICENSE', 'NOTICE']) await cp(join(root, file), join(fresh, file))
    await copyPackages(root, fresh)
    await writeFile(join(fresh, 'package.json'), await manifestOf(root))
    // Without one azd leaves node_modules out of what it uploads.
    await writeFile(join(fresh, '.funcignore'), '# Everything here is deployed.\n')
    const packed = await measure(fresh)
    if (packed.bytes > mostBytes) {
      throw new Error(
        `The package has ${megabytes(packed.bytes)} and may have ${megabytes(mostBytes)}. Nothing was replaced. Bundle what it ` +
          'imports, or name the parts that are read at run time in package.ts.',
      )
    }
    await rm(directory, { recursive: true, force: true })
    await rename(fresh, directory)
    return packed
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

const manifestOf = async (root: string): Promise<string> => {
  const { name, version, description, license, type, main, dependencies } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  ) as Readonly<Record<string, string>> & { readonly dependencies: Readonly<Record<string, string>> }
  const outside = Object.entries(dependencies).filter(([dependency]) => external.includes(dependency))
  const manifest = { name, version, description, license, private: true, type, main, engines }
  return `${JSON.stringify({ ...manifest, dependencies: Object.fromEntries(outside) }, null, 2)}\n`
}

interface InstalledPackage {
  readonly version: string
  readonly main?: string
}

interface LockedPackage {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
}

/** By place, such as `node_modules/a/node_modules/b`. */
type Locked = Readonly<Record<string, LockedPackage>>

const copyPackages = async (root: string, into: string): Promise<void> => {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as { packages: Locked }
  const wanted = external.filter((name) => name !== ofTheHost)
  for (const place of placesOf(lock.packages, wanted)) {
    const manifest = await readFile(join(root, place, 'package.json'), 'utf8')
    const { version, main = '' } = JSON.parse(manifest) as InstalledPackage
    const { version: locked } = lock.packages[place]!
    if (version !== locked) {
      throw new Error(`${place}: installed is ${version}, locked is ${locked}. Run npm ci, then package again.`)
    }
    await cp(join(root, place), join(into, place), { recursive: true, filter: partsFilter(root, place, main) })
  }
}

/** Where the packages lie, and what they depend on, each once: an upward search from its dependent, as Node's. */
const placesOf = (locked: Locked, names: readonly string[]): ReadonlySet<string> => {
  const places = new Set<string>()
  const add = (name: string, from: string): void => {
    const place = findPlace(locked, name, from)
    if (places.has(place)) return
    places.add(place)
    for (const dependency of Object.keys(locked[place]?.dependencies ?? {})) add(dependency, place)
  }
  for (const name of names) add(name, '')
  return places
}

const findPlace = (locked: Locked, name: string, from: string): string => {
  for (let above = from; ; above = above.slice(0, Math.max(0, above.lastIndexOf('node_modules') - 1))) {
    const place = join(above, 'node_modules', name)
    if (locked[place] !== undefined) return place
    if (above === '') throw new Error(`package-lock.json has no ${name}. Run npm install.`)
  }
}

/**
 * Sources, types, maps and hidden files serve nobody who runs the package, unless it runs from its sources; a package nested
 * in another is copied for itself.
 */
const partsFilter = (root: string, place: string, main: string) => {
  const parts = partsOf[place.replace(/^.*node_modules\//, '')]
  const unread = /^(\.\/)?src\//.test(main) ? /^(types|node_modules)(\/|$)/ : /^(src|types|node_modules)(\/|$)/
  return (source: string): boolean => {
    const path = relative(join(root, place), source)
    if (path === '' || path === 'package.json') return true
    if (parts !== undefined) return parts.includes(path)
    return !unread.test(path) && !/\.(map|md|[cm]?ts)$|(^|\/)\.[^/]*$/.test(path)
  }
}

const measure = async (directory: string): Promise<PackedApp> => {
  let bytes = 0
  let files = 0
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    bytes += (await stat(join(entry.parentPath, entry.name))).size
    files += 1
  }
  return { bytes, files }
}

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`

if (import.meta.main) {
  const directory = join(import.meta.dirname, 'dist-package')
  const { bytes, files } = await packageApp({ root: import.meta.dirname, directory })
  console.log(`${relative(dirname(directory), directory)}/: ${megabytes(bytes)} in ${files} files, ready to deploy.`)
}
