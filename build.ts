/** Bundles the app to dist/: what a local run executes is what is deployed. */
import { rm } from 'node:fs/promises'
import { build as bundle } from 'esbuild'

export interface BuildOptions {
  /** Repository root. */
  readonly root: string
}

/**
 * Provided by the host (functions-core), needed as one copy that the host intercepts (functions), or read as data files
 * (ip-location-db): these stay out of the bundle.
 */
const external = ['@azure/functions', '@azure/functions-core', '@ip-location-db/asn-country']

/** Bundled CommonJS packages ask for built-ins by require, which an ES module does not have. */
const banner = "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);"

export const build = async ({ root }: BuildOptions): Promise<void> => {
  const outdir = `${root}/dist/functions`
  await rm(outdir, { recursive: true, force: true })
  await bundle({
    absWorkingDir: root,
    entryPoints: ['functions/index.ts'],
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    sourcemap: true,
    external,
    banner: { js: banner },
    logLevel: 'warning',
  })
}

if (import.meta.main) await build({ root: import.meta.dirname })
