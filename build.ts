/** Bundles the app to dist/: what a local run executes is what is deployed. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { build as bundle, type Plugin } from 'esbuild'

export interface BuildOptions {
  /** Repository root. */
  readonly root: string
  /** Gets dist/. Default: the repository root. */
  readonly directory?: string
  /** Default: none. */
  readonly plugins?: readonly Plugin[]
  /** Write source maps beside the bundle. Default true. */
  readonly sourceMaps?: boolean
}

/**
 * Provided by the host (functions-core), needed as one copy that the host intercepts (functions, and durable-functions, which
 * imports it), or read as data files (ip-location-db): these stay out of the bundle.
 */
export const external = [
  '@azure/functions',
  '@azure/functions-core',
  '@ip-location-db/asn-country',
  'durable-functions',
]

/** Bundled CommonJS packages use what an ES module does not have. */
const banner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); " +
  'const __dirname = import.meta.dirname;'

/**
 * Bundles the app; what is imported on demand becomes files of its own beside index.js. Files are put in place whole and only
 * where they differ, so that several runs may build at once.
 */
export const build = async ({
  root,
  directory = root,
  plugins = [],
  sourceMaps = true,
}: BuildOptions): Promise<void> => {
  const outputs = join(directory, 'dist', 'functions')
  const { outputFiles } = await bundle({
    absWorkingDir: root,
    entryPoints: ['functions/index.ts'],
    outdir: outputs,
    plugins: [...plugins],
    bundle: true,
    platform: 'node',
    format: 'esm',
    splitting: true,
    target: 'node22',
    sourcemap: sourceMaps,
    external,
    banner: { js: banner },
    logLevel: 'warning',
    write: false,
  })
  // index.js, which names the others, last.
  const inOrder = outputFiles.toSorted((a, b) => rank(a.path) - rank(b.path))
  for (const { path, contents } of inOrder) await replaceFile(path, contents)
  await removeOthers(
    outputs,
    outputFiles.map(({ path }) => path),
  )
}

const rank = (path: string): number => (basename(path).startsWith('index.js') ? 1 : 0)

const replaceFile = async (path: string, contents: Uint8Array): Promise<void> => {
  const before = await readFile(path).catch(() => undefined)
  if (before?.equals(contents) === true) return
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}`
  await writeFile(temporary, contents)
  await rename(temporary, path)
}

/** Files on demand are named by their contents: those of earlier builds would pile up. */
const removeOthers = async (folder: string, kept: readonly string[]): Promise<void> => {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if (/\.js(\.map)?$/.test(name) && !kept.includes(path)) await rm(path, { force: true })
  }
}

if (import.meta.main) await build({ root: import.meta.dirname })
