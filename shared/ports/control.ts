import type { ControlDocument } from '../contracts/control-documents.ts'
import type { Fenced } from './shard-state.ts'

export type ControlKind = ControlDocument['kind']
export type ControlOf<K extends ControlKind> = Extract<ControlDocument, { readonly kind: K }>

/**
 * The `control` container. Reads of one instance never go back (session consistency). Every method rejects with
 * RetryableError where trying again may help and TerminalError where it cannot.
 */
export interface Control {
  read<K extends ControlKind>(stream: string, kind: K, id: string): Promise<Fenced<ControlOf<K>> | undefined>
  /** All documents of a kind, by id. */
  list<K extends ControlKind>(stream: string, kind: K): Promise<readonly ControlOf<K>[]>
  /**
   * `etag` undefined: the document must not exist yet. `conflict`: somebody else has written it since it was read; nothing
   * was stored.
   */
  write(document: ControlDocument, etag: string | undefined): Promise<'written' | 'conflict'>
}
