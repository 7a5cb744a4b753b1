/** `npm start`: Millrace on this machine, whole. See local/run/options.ts for what it can be told. */
import { join } from 'node:path'
import { build } from '../build.ts'
import { chaosSchedule } from './chaos/schedule.ts'
import { runCommand } from './command.ts'
import { acquireLock } from './lock.ts'
import { consoleOf } from './run/console.ts'
import { readManifest } from './run/manifest.ts'
import { parseOptions, runName, usage } from './run/options.ts'
import { run } from './run/run.ts'
import { openScreen } from './run/terminal/screen.ts'

const root = join(import.meta.dirname, '..')
const lines = consoleOf(process.stdout, Date.now)

const main = async (): Promise<number> => {
  const args = process.argv.slice(2)
  if (args.includes('--help')) {
    lines.say(usage)
    return 0
  }
  const manifest = await readManifest(root)
  const parsed = parseOptions(
    args,
    manifest.map(({ description }) => description),
  )
  if ('problems' in parsed) {
    process.stderr.write(`Nothing was started:\n  ${parsed.problems.join('\n  ')}\n\n${usage}\n`)
    return 1
  }
  const name = runName(parsed.options)
  const stateFolder = parsed.options.state ?? join(root, '.local')
  const directory = name === undefined ? stateFolder : join(stateFolder, 'runs', name)
  const lock = await acquireLock(stateFolder)
  const screen = openScreen(process.stdout, process.env)
  const { say, showProgress } = screen ?? lines
  const stop = new AbortController()
  let interrupts = 0
  const interrupt = (): void => {
    interrupts += 1
    if (interrupts === 1) say('Stopping: running batches are committed first …')
    if (interrupts > 2) process.exit(130)
    stop.abort()
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  try {
    await build({ root })
    const { options } = parsed
    const chaos = options.chaos ? chaosSchedule(options.seed, options.forMs!) : []
    return await run({
      root,
      appDirectory: root,
      directory,
      manifest,
      options,
      chaos,
      say,
      showProgress,
      screen,
      signal: stop.signal,
    })
  } finally {
    screen?.close()
    lock.release()
  }
}

runCommand(main)
