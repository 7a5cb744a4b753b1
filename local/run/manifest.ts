/** The stream definitions as data, as `npm run streams` wrote them. */
import { readFile } from 'node:fs/promises'
import type { StreamDescription } from '../../shared/contracts/stream-definition.ts'

export interface ManifestStream {
  readonly hash: string
  /** Where nothing is filtered. */
  readonly keepAllHash: string
  readonly description: StreamDescription
}

export const readManifest = async (root: string): Promise<readonly ManifestStream[]> => {
  const text = await readFile(`${root}/shared/streams/manifest.json`, 'utf8')
  return (JSON.parse(text) as { streams: ManifestStream[] }).streams
}
