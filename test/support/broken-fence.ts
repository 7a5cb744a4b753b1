/** An app whose commits are stored whoever has moved the fence meanwhile: what the checks of a run are there to find. */
import { join } from 'node:path'
import { build } from '../../build.ts'
import { prepareAppFolder, withFault } from '../../local/run/app-folder.ts'

const root = join(import.meta.dirname, '..', '..')

const fence = {
  file: 'shared/adapters/azure/shard-state.ts',
  // What keeps `progress` from being written like any other document.
  text: "if (document.kind !== 'progress') return",
  instead: 'return',
}

/** Builds it into `directory`, beside what a host needs to load it. */
export const buildWithBrokenFence = async (directory: string): Promise<void> => {
  await prepareAppFolder(root, directory)
  await build({ root, directory, plugins: [withFault(root, fence)] })
}
