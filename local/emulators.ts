/** `npm run emulators`: Event Hubs, Cosmos DB, storage and the lake alone, for an app that runs elsewhere, such as under `func start`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runCommand } from './command.ts'
import { acquireLock } from './lock.ts'
import { startEmulators } from './run/emulators.ts'
import { localSettings, writeOnce } from './run/local-settings.ts'
import { readManifest } from './run/manifest.ts'
import { connectionSettings } from './run/services.ts'

const root = join(import.meta.dirname, '..')
const usage = `npm run emulators -- [options]
  --write           write local.settings.json, unless there is one
  --state folder    keep their data there instead of .local/emulators`

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const main = async (): Promise<number> => {
  const { write = false, state, help = false } = readOptions(process.argv.slice(2))
  if (help) {
    say(usage)
    return 0
  }
  const directory = state ?? join(root, '.local', 'emulators')
  const lock = await acquireLock(directory)
  try {
    const ended = untilInterrupted()
    const emulators = await startEmulators({
      root,
      directory,
      streams: await readManifest(root),
      freePorts: false,
      say,
      onLost: (name) => {
        say(`${name} has ended unexpectedly.`)
        ended.resolve(1)
      },
    })
    try {
      const settings = await localSettings(root, connectionSettings(emulators))
      say('local.settings.json for these services:')
      say(settings)
      if (write) {
        const path = join(root, 'local.settings.json')
        const written = await writeOnce(path, settings)
        say(written ? `Written to ${path}.` : leftAsItIs(path, settings))
      }
      say('Ready. npm run build, then func start. Ctrl-C ends the services; their data stays.')
      return await ended.promise
    } finally {
      await emulators.stop()
    }
  } finally {
    lock.release()
  }
}

const leftAsItIs = (path: string, settings: string): string => {
  const isOfThese = readFileSync(path, 'utf8').trim() === settings.trim()
  return isOfThese
    ? `${path} is there already and says the same.`
    : `${path} is there already and was left as it is, but it differs: paste the above into it, or delete it and run this again.`
}

const readOptions = (args: readonly string[]) => {
  const options = { write: { type: 'boolean' }, state: { type: 'string' }, help: { type: 'boolean' } } as const
  try {
    return parseArgs({ args: [...args], options, strict: true }).values
  } catch (error) {
    throw new Error(`Nothing was started: ${error instanceof Error ? error.message : String(error)}\n\n${usage}`, {
      cause: error,
    })
  }
}

const untilInterrupted = () => {
  const ended = Promise.withResolvers<number>()
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => ended.resolve(0))
  return ended
}

runCommand(main)
