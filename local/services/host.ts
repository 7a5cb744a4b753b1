/** The embedded Functions host as a process of its own. */
import { runChild } from '../child-main.ts'
import { startHost, type HostLogLine, type HostOptions } from '../host/host.ts'

const quiet: ReadonlySet<HostLogLine['level']> = new Set(['trace', 'debug', 'information', 'none'])

/** What an app throws to say something has a sentence for it; frames say where something has gone wrong that nobody foresaw. */
const withoutFrames = (message: string): string =>
  /^(Retryable|Terminal)Error: /.test(message) ? message.replaceAll(/\n +at .*/g, '') : message

await runChild(async (options) => {
  const host = await startHost({
    ...(options as HostOptions),
    log: ({ level, functionName, message }) => {
      if (!quiet.has(level)) console.error(functionName === '' ? message : `${functionName}: ${withoutFrames(message)}`)
    },
  })
  return { ready: { port: host.port, url: host.url }, close: () => host.close() }
})
