/** What a run remembers on disk beside its services' data, so that the same command goes on where it was. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface RunState {
  readonly schemaVersion: 1
  /** Distinguishes the events of this run from those of others. */
  readonly runId: string
  /** Epoch ms; the generator's event times count from here. */
  readonly startedAt: number
  /** Hash of the stream definitions that the state belongs to. */
  readonly definition: string
  readonly finished: boolean
}

export interface Opened {
  readonly state: RunState
  readonly resumed: boolean
}

/**
 * Opens the state of a run in `directory`: an unfinished one is resumed, a finished one begun anew. Throws where the
 * state belongs to other stream definitions.
 */
export const openRun = async (
  directory: string,
  fresh: { readonly definition: string; readonly now: number; readonly reset: boolean; readonly bounded: boolean },
): Promise<Opened> => {
  const known = fresh.reset ? undefined : await readState(directory)
  if (known !== undefined && !known.finished) {
    if (known.definition !== fresh.definition) {
      throw new Error(
        `The state in ${directory} was counted by other stream definitions (${known.definition}, now ${fresh.definition}). ` +
          'Nothing was started or changed. Restore the definitions, or start anew with --reset.',
      )
    }
    // An endless run's events are told apart by when it was started; a bounded one goes on with its own.
    const state = fresh.bounded ? known : { ...known, runId: runIdAt(fresh.now), startedAt: fresh.now }
    await writeState(directory, state)
    return { state, resumed: true }
  }
  await emptyDirectory(directory)
  const state: RunState = {
    schemaVersion: 1,
    runId: runIdAt(fresh.now),
    startedAt: fresh.now,
    definition: fresh.definition,
    finished: false,
  }
  await writeState(directory, state)
  return { state, resumed: false }
}

export const finishRun = (directory: string, state: RunState): Promise<void> =>
  writeState(directory, { ...state, finished: true })

const runIdAt = (now: number): string => now.toString(36)

const stateFile = (directory: string): string => join(directory, 'run.json')

const readState = async (directory: string): Promise<RunState | undefined> => {
  const text = await readFile(stateFile(directory), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const state = JSON.parse(text) as Partial<RunState>
  if (state.schemaVersion !== 1) {
    throw new Error(`${stateFile(directory)} was written by another version of Millrace. Start anew with --reset.`)
  }
  return state as RunState
}

const writeState = async (directory: string, state: RunState): Promise<void> => {
  await mkdir(directory, { recursive: true })
  const temporary = `${stateFile(directory)}.new`
  await writeFile(temporary, `${JSON.stringify(state, null, 2)}\n`)
  await rename(temporary, stateFile(directory))
}

/** The services' data goes; the folder itself stays, because its lock is held. */
const emptyDirectory = async (directory: string): Promise<void> => {
  for (const name of ['run.json', 'event-hubs', 'cosmos', 'storage', 'lake', 'durable', 'services.log']) {
    await rm(join(directory, name), { recursive: true, force: true })
  }
}
