/** Copies of what the checks read, to be spoilt. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { temporaryFolder } from '../support/temporary-folder.ts'

export const root = join(import.meta.dirname, '..', '..')

const folder = temporaryFolder()

export const copyOfInfra = (): string => {
  const copy = mkdtempSync(join(folder, 'copy-'))
  for (const file of ['infra', 'azure.yaml', 'package.json', '.funcignore', 'shared/streams/manifest.json']) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file), { recursive: true })
  }
  return copy
}

/** Changes a text once. Throws where it is not there: the defect would not be one. */
export const edit = (copy: string, file: string, from: string, to: string): void => {
  const path = join(copy, file)
  const text = readFileSync(path, 'utf8')
  if (!text.includes(from)) throw new Error(`${file} does not hold ${JSON.stringify(from)}`)
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
}
