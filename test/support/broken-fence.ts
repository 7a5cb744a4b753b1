/** An app whose commits are stored whoever has moved the fence meanwhile: what the checks of a run are there to find. */
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import { build } from '../../build.ts'

const root = join(import.meta.dirname, '..', '..')
/** In shared/adapters/azure/shard-state.ts: what keeps `progress` from being written like any other document. */
const fence = "if (document.kind !== 'progress') return"

const breakFence: Plugin = {
  name: 'break-fence',
  setup: ({ onLoad }) => {
    onLoad({ filter: /adapters[/\\]azure[/\\]shard-state\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      if (text.split(fence).length !== 2) throw new Error(`${path} has no fence of the expected form to break.`)
      return { contents: text.replace(fence, 'return'), loader: 'ts' }
    })
  },
}

/** Builds it into `directory`, beside what a host needs to load it. */
export const buildWithBrokenFence = async (directory: string): Promise<void> => {
  mkdirSync(directory, { recursive: true })
  for (const file of ['package.json', 'host.json']) cpSync(join(root, file), join(directory, file))
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'), 'dir')
  await build({ root, directory, plugins: [breakFence] })
}
