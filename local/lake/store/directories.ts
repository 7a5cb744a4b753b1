/** Names of files are kept by directories, which go to disk on their own: without that a power cut could take a name. */
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/** On Windows directories cannot be opened, and the file system keeps a log of names itself. */
const needsSync = process.platform !== 'win32'

/** With parents that are missing. */
export const makeDirectory = (path: string): void => {
  const made = resolve(path)
  const first = mkdirSync(made, { recursive: true })
  if (first === undefined || !needsSync) return
  for (let at = made; at.length >= first.length; at = dirname(at)) {
    const parent = openSync(dirname(at), 'r')
    fsyncSync(parent)
    closeSync(parent)
  }
}

export const syncDirectory = async (path: string): Promise<void> => {
  if (!needsSync) return
  const directory = await open(path)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
