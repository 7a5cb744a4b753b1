/** Bundles the app to dist/: what a local run executes is what is deployed. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { build as bundle, type Plugin } from 'esbuild'

export interface BuildOptions {
  /** Repository root. */
  readonly root: string
  /** Gets dist/. Default: the repository root. */
  readonly directory?: string
  /** Default: none. */
  readonly plugins?: readonly Plugin[]
}

/**
 * Provided by the host (functions-core), needed as one copy that the host intercepts (functions), or read as data files
 * (ip-location-db): these stay out of the bundle.
 */
export const external = ['@azure/functions', '@azure/functions-core', '@ip-location-db/asn-country']

/** Bundled CommonJS packages ask for built-ins by require, which an ES module does not have. */
const banner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);"

/** Bundles the app. Files are put in place whole and only where they differ, so that several runs may build at once. */
export const build = async ({ root, directory = root, plugins = [] }: BuildOptions): Promise<void> => {
  const { outputFiles } = await bundle({
    absWorkingDir: root,
    entryPoints: ['functions/index.ts'],
    outdir: `${directory}/dist/functions`,
    plugins: [...plugins],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    sourcemap: true,
    external,
    banner: { js: banner },
    logLevel: 'warning',
    write: false,
  })
  for (const { path, contents } of outputFiles) await replaceFile(path, contents)
}

const replaceFile = async (path: string, contents: Uint8Array): Promise<void> => {
  const before = await readFile(path).catch(() => undefined)
  if (before?.equals(contents) === true) return
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}`
  await writeFile(temporary, contents)
  await rename(temporary, path)
}

if (import.meta.main) await build({ root: import.meta.dirname })
