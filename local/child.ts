/** Starts a module of ours as a process of its own and knows when it is ready, lost or stopped. */
import { fork } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

export interface ChildOptions {
  readonly name: string
  readonly onLine?: (line: string) => void
  /** It was ready and has ended, asked or not. */
  readonly onExit?: (code: number | null, signal: NodeJS.Signals | null) => void
}

export interface Child {
  /** What the module said when it was ready. */
  readonly ready: unknown
  readonly pid: number
  /** Asks it to end and waits; kills it if it does not within ten seconds. */
  stop(): Promise<void>
  /** SIGKILL, as a crash. */
  kill(): void
}

export type ChildMessage =
  | { readonly type: 'ready'; readonly ready: unknown }
  | { readonly type: 'failed'; readonly message: string; readonly portIsTaken: boolean }

/** The child could not start because somebody else listens on its port. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError'
}

const patienceMs = 10_000

/** Rejects with the module's own message where it cannot start. */
export const startChild = async (
  module: string,
  options: unknown,
  { name, onLine, onExit }: ChildOptions,
): Promise<Child> => {
  const child = fork(module, [], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] })
  let isReady = false
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      if (isReady) onExit?.(code, signal)
      resolve()
    })
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr] as Readable[]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (lines.push(line) > 20) lines.shift()
      onLine?.(line)
    })
  }
  child.send({ options })
  const ready = await new Promise<unknown>((resolve, reject) => {
    child.once('message', (message: ChildMessage) => {
      if (message.type === 'ready') {
        isReady = true
        resolve(message.ready)
        return
      }
      const text = `${name} cannot start: ${message.message}`
      reject(message.portIsTaken ? new PortTakenError(text) : new Error(text))
    })
    void ended.then(() => {
      reject(new Error(`${name} ended before it was ready.\n${lines.join('\n')}`))
    })
  })
  return {
    ready,
    pid: child.pid!,
    stop: async () => {
      if (child.connected) child.disconnect()
      const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
      await ended
      clearTimeout(timer)
    },
    kill: () => {
      child.kill('SIGKILL')
    },
  }
}
