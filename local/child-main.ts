/** The child's side of child.ts. */
import type { ChildMessage } from './child.ts'

export interface RunningService {
  /** Sent to the parent. */
  readonly ready: object
  close(): Promise<void>
}

const orphanPatienceMs = 5_000

/**
 * Takes its options from the parent, starts the service and says so. Ends when the parent lets go of it, is killed, or
 * asks by signal: nothing is left running.
 */
export const runChild = async (start: (options: unknown) => Promise<RunningService>): Promise<void> => {
  // In a terminal Ctrl-C reaches every process: the parent decides in which order they end.
  process.on('SIGINT', () => undefined)
  const { options } = await new Promise<{ options: unknown }>((resolve) => {
    process.once('message', (message) => {
      resolve(message as { options: unknown })
    })
  })
  const send = (message: ChildMessage): void => {
    if (process.connected) process.send?.(message)
  }
  try {
    const service = await start(options)
    let ending = false
    const end = (): void => {
      if (ending) return
      ending = true
      void service.close().finally(() => process.exit(0))
    }
    process.once('disconnect', () => {
      end()
      // What it waits for may have ended with the parent, and nobody is left to see to it.
      setTimeout(() => process.exit(1), orphanPatienceMs).unref()
    })
    process.once('SIGTERM', end)
    if (!process.connected) end()
    send({ type: 'ready', ready: service.ready })
  } catch (error) {
    // Ends whatever it had opened by then, once the parent has heard why.
    const message = error instanceof Error ? error.message : String(error)
    const failed: ChildMessage = { type: 'failed', message, portIsTaken: isPortTaken(error) }
    if (!process.connected) process.exit(1)
    process.send?.(failed, () => process.exit(1))
  }
}

const isPortTaken = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false
  return (error as NodeJS.ErrnoException).code === 'EADDRINUSE' || isPortTaken(error.cause)
}
