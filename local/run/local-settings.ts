/** local.settings.json: where `func start` reads app settings. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AppSettings } from './services.ts'

/** The sample of the repository with these settings in place of its own, as text. */
export const localSettings = async (root: string, settings: AppSettings): Promise<string> => {
  const sample = JSON.parse(await readFile(join(root, 'local.settings.sample.json'), 'utf8')) as { Values: object }
  return JSON.stringify({ ...sample, Values: { ...sample.Values, ...settings } }, null, 2)
}

/** Whether it was written: a file that is there may be the user's own, and stays. */
export const writeOnce = async (path: string, text: string): Promise<boolean> => {
  try {
    await writeFile(path, `${text}\n`, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
