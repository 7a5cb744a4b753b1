import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { root } from './millrace.ts'

export interface Started {
  readonly child: ChildProcess
  /** Everything printed so far. */
  output(): string
  readonly ended: Promise<number | null>
  /** SIGKILL to every process of the run. */
  killAll(): void
}

/** Runs local/start.ts as `npm start` does, or another script of local/, in a process group of its own. */
export const start = (t: TestContext, args: readonly string[], script = 'start.ts'): Started => {
  const child = spawn(process.execPath, [join(root, 'local', script), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      output += text.toString()
    })
  }
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const killAll = (): void => {
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  t.after(killAll)
  return { child, output: () => output, ended, killAll }
}
