/** What is wrong with the app that counts first: in code of a step, so that the definitions and their hashes stay the same. */
import type { SourceFault } from '../run/app-folder.ts'

export interface StreamFault extends SourceFault {
  readonly stream: string
  /** In words. */
  readonly tells: string
}

export const faults: readonly StreamFault[] = [
  {
    stream: 'clickstream',
    tells: 'page paths keep their query, so that one page is counted as many',
    file: 'shared/core/enrich/parse-url.ts',
    text: "page: url.slice(hostEnd, pathEnd) || '/'",
    instead: "page: url.slice(hostEnd) || '/'",
  },
  {
    stream: 'telemetry',
    tells: 'devices are looked up in capitals, so that nobody knows their site, model and owner',
    file: 'shared/core/enrich/look-up.ts',
    text: 'facts.record(of.kind, id)',
    instead: 'facts.record(of.kind, id.toUpperCase())',
  },
]
