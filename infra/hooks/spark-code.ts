/** Spark code in the lake, under a folder named by what it holds: runs that have started go on with what they started with. */
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AzureRest } from './azure-rest.ts'
import { scopes, type Endpoints } from './endpoints.ts'
import type { Step } from './step.ts'

export interface SparkCode {
  /** Where it will be: `jobs/<hash>` in the container code. */
  readonly path: string
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[]
}

/** The jobs of a folder and the packages that they import. An absent or empty folder holds none. */
export const readSparkCode = (folder: string): SparkCode => {
  const names = globSync('**/*.{py,whl,jar}', { cwd: folder }).map((name) => name.replaceAll('\\', '/'))
  const files = names.sort().map((name) => ({ name, bytes: readFileSync(join(folder, name)) }))
  const hash = createHash('sha256')
  for (const { name, bytes } of files) hash.update(`${name} ${bytes.length}\n`).update(bytes)
  return { path: `jobs/${hash.digest('hex').slice(0, 16)}`, files }
}

export const uploadSparkCode = (
  { rest, endpoints }: { readonly rest: AzureRest; readonly endpoints: Endpoints },
  lakeName: string,
  { path, files }: SparkCode,
): Step[] =>
  files.map(({ name, bytes }) => ({
    what: `upload ${name} to code/${path}`,
    run: async () => {
      await rest.send({
        method: 'PUT',
        url: `${endpoints.lake(lakeName)}/code/${path}/${name}`,
        scope: scopes.storage,
        headers: { 'x-ms-version': '2024-11-04', 'x-ms-blob-type': 'BlockBlob', 'if-none-match': '*' },
        body: bytes,
        // The name stands for the content: what is there is the same.
        accept: [409],
      })
    },
  }))
