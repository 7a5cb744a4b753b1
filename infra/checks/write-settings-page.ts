/** `npm run infra:docs`: writes docs/settings.md. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { settingsPage, settingsPageFile } from './settings-page.ts'

await writeFile(join(import.meta.dirname, '..', '..', settingsPageFile), await settingsPage())
