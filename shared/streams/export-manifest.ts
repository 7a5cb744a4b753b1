/** `npm run streams`: writes the stream definitions as data beside them. */
import { writeFile } from 'node:fs/promises'

try {
  // Here, since a definition that is not valid is refused as soon as it is loaded.
  const [{ streams }, { manifestText }] = await Promise.all([import('./index.ts'), import('./manifest.ts')])
  await writeFile(new URL('manifest.json', import.meta.url), manifestText(streams))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
