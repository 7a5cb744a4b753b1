/** The server as a process of its own, so that it can be killed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { HubConfig } from '../../../local/event-hubs/server.ts'

export interface KillableHubs {
  readonly connectionString: string
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
}

export const killableHubs = async (
  t: TestContext,
  directory: string,
  hubs?: readonly HubConfig[],
): Promise<KillableHubs> => {
  const settings = hubs === undefined ? [] : [JSON.stringify(hubs)]
  const child = spawn(process.execPath, [join(import.meta.dirname, 'crash-child.ts'), directory, ...settings], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    connectionString: line.toString().trim(),
    kill: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
