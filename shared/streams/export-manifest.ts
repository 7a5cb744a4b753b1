/** `npm run streams`: writes the stream definitions as data beside them. */
import { writeFile } from 'node:fs/promises'
import { streams } from './index.ts'
import { manifestText } from './manifest.ts'

await writeFile(new URL('manifest.json', import.meta.url), manifestText(streams))
