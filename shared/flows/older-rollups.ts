/** Definitions that have counted are kept, so that windows of a rollup's older versions can still be read. */
import { controlSchemaVersion } from '../contracts/control-documents.ts'
import type { CompiledRollup, CompiledStream } from '../core/compiled-stream.ts'
import { compileRollup } from '../core/stream/compile.ts'
import type { Control } from '../ports/control.ts'

/** Before its first commit. Keeping it twice changes nothing. */
export const keepDefinition = async (control: Control, { name, hash, description }: CompiledStream): Promise<void> => {
  await control.write(
    {
      id: `definition:${hash}`,
      stream: name,
      kind: 'definition',
      schemaVersion: controlSchemaVersion,
      description,
    },
    undefined,
  )
}

/** The rollup of this id, such as `pages@1`, as whichever definition had it; undefined where none had. */
export const findRollup = async (
  control: Control,
  stream: CompiledStream,
  id: string,
): Promise<CompiledRollup | undefined> => {
  const [found] = await findRollups(control, stream, [id])
  return found
}

/** Those of these ids that this definition or an older one has. */
export const findRollups = async (
  control: Control,
  { name, rollups }: CompiledStream,
  ids: readonly string[],
): Promise<CompiledRollup[]> => {
  const found = new Map(rollups.map((rollup) => [rollup.id, rollup]))
  if (!ids.every((id) => found.has(id))) {
    for (const { description } of await control.list(name, 'definition')) {
      for (const [rollup, definition] of Object.entries(description.rollups)) {
        const compiled = compileRollup(rollup, 0, definition)
        if (!found.has(compiled.id)) found.set(compiled.id, compiled)
      }
    }
  }
  return [...new Set(ids)].flatMap((id) => found.get(id) ?? [])
}
