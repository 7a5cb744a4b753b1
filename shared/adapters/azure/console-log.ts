import type { Log } from '../../ports/log.ts'

/** To the console, which the Functions host forwards to Application Insights with these levels. */
export const consoleLog: Log = {
  info: (message) => {
    console.info(message)
  },
  warn: (message) => {
    console.warn(message)
  },
  alert: (message) => {
    console.error(message)
  },
}
