/** Starts a host, says its process id to its own parent, and waits to be killed. */
import { startTestHost } from './support.ts'

const { pid } = await startTestHost('http')
process.send?.(pid)
