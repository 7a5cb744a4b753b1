/** The embedded Functions host as a process of its own. */
import { runChild } from '../child-main.ts'
import { startHost, type HostLogLine, type HostOptions } from '../host/host.ts'

const quiet: ReadonlySet<HostLogLine['level']> = new Set(['trace', 'debug', 'information', 'none'])

await runChild(async (options) => {
  const host = await startHost({
    ...(options as HostOptions),
    log: ({ level, functionName, message }) => {
      if (!quiet.has(level)) console.error(functionName === '' ? message : `${functionName}: ${message}`)
    },
  })
  return { ready: { port: host.port, url: host.url }, close: () => host.close() }
})
