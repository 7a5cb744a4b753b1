/** Hosts as processes of their own, as `npm start` runs them: registration is global to a process. */
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startChild, type Child } from '../../../local/child.ts'
import type { HostOptions } from '../../../local/host/host.ts'

export interface TestHost extends Child {
  readonly url: string
  /** What the host wrote, by line. */
  readonly lines: readonly string[]
  readonly json: <T>(path: string) => Promise<T>
  readonly send: (
    method: string,
    path: string,
    body?: string | Uint8Array<ArrayBuffer>,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Response>
}

const root = join(import.meta.dirname, '..', '..', '..')
export const hostModule = join(root, 'local', 'services', 'host.ts')
const patienceMs = 30_000
const lookMs = 50

/** A fixture of test/fixtures/apps, by name. */
export const fixture = (name: string): string => join(root, 'test', 'fixtures', 'apps', name)

/** `app`: a fixture by name, or a folder. */
export const startTestHost = async (
  app: string,
  settings: HostOptions['settings'] = {},
  more: Partial<HostOptions> = {},
): Promise<TestHost> => {
  const lines: string[] = []
  const options: HostOptions = { appDirectory: app.includes('/') ? app : fixture(app), port: 0, settings, ...more }
  const child = await startChild(hostModule, options, {
    name: 'The host',
    onLine: (line) => lines.push(line),
  })
  const { url } = child.ready as { url: string }
  const send: TestHost['send'] = (method, path, body, headers = {}) =>
    fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }) })
  const json = async <T>(path: string): Promise<T> => (await (await send('GET', path)).json()) as T
  return { ...child, url, lines, json, send }
}

/** A copy of a fixture with other files in it. */
export const changedApp = async (
  t: { after(clean: () => Promise<void>): void },
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<string> => {
  const directory = await temporaryDirectory()
  t.after(() => rm(directory, { recursive: true, force: true }))
  await cp(fixture(name), directory, { recursive: true })
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'))
  for (const [file, text] of Object.entries(files)) await writeFile(join(directory, file), text)
  return directory
}

export const temporaryDirectory = (): Promise<string> => mkdtemp(join(tmpdir(), 'local-host-'))

/** Asks until the answer is there; fails with what was last seen. */
export const eventually = async <T>(
  what: string,
  look: () => Promise<T>,
  isThere: (value: T) => boolean,
): Promise<T> => {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const value = await look()
    if (isThere(value)) return value
    if (Date.now() > deadline) throw new Error(`Never saw ${what}; last: ${JSON.stringify(value)}`)
    await pause(lookMs)
  }
}
