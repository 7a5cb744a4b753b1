/** An app beside the one that `npm start` builds: in a folder of its own, with what a host needs to load it. */
import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'

/** One passage of one source file, and what stands there instead: what the app would be with that fault. */
export interface SourceFault {
  /** From the repository root, with `/`. */
  readonly file: string
  /** Stands in the file once. */
  readonly text: string
  readonly instead: string
}

/** Makes the folder ready for `build` to put the app into. */
export const prepareAppFolder = async (root: string, directory: string): Promise<void> => {
  await mkdir(directory, { recursive: true })
  for (const file of ['package.json', 'host.json']) await cp(join(root, file), join(directory, file))
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'), 'dir')
}

/** Puts the fault into what is built, not into the source. The build fails where the source no longer has the passage. */
export const withFault = (root: string, { file, text, instead }: SourceFault): Plugin => ({
  name: `fault in ${file}`,
  setup: ({ onLoad }) => {
    const faulty = join(root, file)
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (path !== faulty) return undefined
      const source = await readFile(path, 'utf8')
      if (source.split(text).length !== 2) throw new Error(`${file} has no passage of the expected form: ${text}`)
      return { contents: source.replace(text, () => instead), loader: 'ts' }
    })
  },
})
