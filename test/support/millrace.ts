/** Starts Millrace's services and host for end-to-end tests, in a folder of their own. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestContext } from 'node:test'
import type { StatusAnswer } from '../../shared/contracts/api.ts'
import { build } from '../../build.ts'
import { readStatus, runFrontier } from '../../local/run/api-client.ts'
import { readManifest, type ManifestStream } from '../../local/run/manifest.ts'
import { startServices, type Services } from '../../local/run/services.ts'
import { temporaryFolder } from './temporary-folder.ts'

export const root = join(import.meta.dirname, '..', '..')

export interface Millrace extends Services {
  readonly manifest: readonly ManifestStream[]
}

/** `directory`: where it keeps its state; by default an empty one of its own. */
export const startMillrace = async (
  t: TestContext,
  settings: Readonly<Record<string, string>>,
  directory = temporaryFolder(),
): Promise<Millrace> => {
  await build({ root })
  const manifest = await readManifest(root)
  const services = await startServices({
    root,
    appDirectory: root,
    directory,
    streams: manifest,
    settings,
    freePorts: false,
    say: () => undefined,
    onLost: () => undefined,
  })
  t.after(() => services.stop())
  return { ...services, manifest }
}

/** Asks until the status is as wanted; fails with the last one after a minute. */
export const untilStatus = async (url: string, isReached: (status: StatusAnswer) => boolean): Promise<StatusAnswer> => {
  for (let attempt = 0; ; attempt += 1) {
    const status = await readStatus(url)
    if (isReached(status)) return status
    if (attempt > 240) throw new Error(`Not reached: ${JSON.stringify(status)}`)
    await runFrontier(url)
    await sleep(250)
  }
}
