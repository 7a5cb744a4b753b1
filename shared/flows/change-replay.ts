import { controlSchemaVersion, type ReplayDocument } from '../contracts/control-documents.ts'
import { RetryableError, TerminalError } from '../errors.ts'
import type { Control } from '../ports/control.ts'
import type { Fenced } from '../ports/shard-state.ts'

const mostAttempts = 20

/** Rejects with TerminalError where there is none. */
export const readReplay = async (control: Control, stream: string, id: string): Promise<ReplayDocument> =>
  (await stored(control, stream, id)).value

/** The record as it stands after the change. `change`: what shall stand there instead; undefined leaves it as it is. */
export const changeReplay = async (
  control: Control,
  stream: string,
  id: string,
  change: (replay: ReplayDocument) => ReplayDocument | undefined,
): Promise<ReplayDocument> => {
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const { value, etag } = await stored(control, stream, id)
    const changed = change(value)
    if (changed === undefined) return value
    if ((await control.write(changed, etag)) === 'written') return changed
  }
  throw new RetryableError(`The record of replay ${id} kept changing. Nothing of this attempt was stored.`)
}

const stored = async (control: Control, stream: string, id: string): Promise<Fenced<ReplayDocument>> => {
  const replay = await control.read(stream, 'replay', id)
  if (replay === undefined) throw new TerminalError(`There is no replay ${id} of ${stream}.`)
  if (replay.value.schemaVersion === controlSchemaVersion) return replay
  throw new TerminalError(
    `Replay ${id} has schemaVersion ${replay.value.schemaVersion}, this version reads ${controlSchemaVersion}. ` +
      'Run the version that wrote it, or create another.',
  )
}
