/** All of Millrace in a folder of its own, with an app that is wrong until it is mended, and streams that are fed from the past. */
import { join } from 'node:path'
import { build } from '../../build.ts'
import type { TimeRange } from '../../shared/contracts/control-documents.ts'
import type { FedStream } from '../feed/feed-check.ts'
import { durationMs } from '../feed/oracle.ts'
import { sendFeed } from '../feed/sender.ts'
import { publishOnce, readStatus } from '../run/api-client.ts'
import { prepareAppFolder, withFault, type SourceFault } from '../run/app-folder.ts'
import { feedOf, registry } from '../run/feed-of.ts'
import type { ManifestStream } from '../run/manifest.ts'
import { startServices } from '../run/services.ts'
import { untilCommitted, untilFinal } from '../run/until.ts'
import { verifyStream, type Verification } from '../run/verify.ts'
import { layKillLine, type KillLine, type Moment } from './kill-line.ts'
import type { DemoOptions } from './options.ts'

export interface StageOptions {
  /** Of the repository. */
  readonly root: string
  /** Where everything is kept. */
  readonly directory: string
  readonly manifest: readonly ManifestStream[]
  readonly options: DemoOptions
  /** What is wrong with the app at first. */
  readonly faults: readonly SourceFault[]
  readonly say: (line: string) => void
}

export interface Stage {
  readonly url: string
  /** Feeds every stream until all is committed and final. Resolves with what holds every window, aligned to those of all rollups. */
  feed(): Promise<TimeRange>
  /** Puts the app as it is in the source in the place of the one that runs, on the same state. */
  deployMended(): Promise<void>
  /** Compares everything that the stream serves with the oracle. */
  verify(stream: string): Promise<Verification>
  /** Resolves when a replay has written so many times, and the answer to the last of them is lost. */
  tornAt(moment: Moment, count: number): Promise<void>
  /** SIGKILL, and a new one in its place. */
  killHost(): Promise<void>
  close(): Promise<void>
}

const never = new AbortController().signal

export const openStage = async ({ root, directory, manifest, options, faults, say }: StageOptions): Promise<Stage> => {
  const appDirectory = join(directory, 'app')
  await prepareAppFolder(root, appDirectory)
  await build({ root, directory: appDirectory, plugins: faults.map((fault) => withFault(root, fault)) })
  let line: KillLine | undefined
  const services = await startServices({
    root,
    appDirectory,
    directory,
    streams: manifest,
    settings: { MILLRACE_HEARTBEATS: 'feed' },
    freePorts: true,
    say: (said) => {
      say(`    ${said}`)
    },
    onLost: (name) => {
      say(`${name} has ended unexpectedly.`)
    },
    reroute: async (connections) => {
      line = await layKillLine(connections)
      return line.connections
    },
  })
  const { url } = services
  const { host } = services.processes
  const fed = new Map<string, FedStream>()

  const feedStream = async (stream: ManifestStream, startedAt: number): Promise<void> => {
    const { name } = stream.description
    const items = await sendFeed({
      connectionString: services.eventHubs,
      hub: name,
      items: feedOf(stream, options, { runId: startedAt.toString(36), startedAt }, []),
      speed: 'full',
      alreadySent: new Set(),
      signal: never,
    })
    fed.set(name, { items, readings: [] })
  }

  return {
    url,
    feed: async () => {
      for (const [kind, records] of Object.entries(registry)) await publishOnce(url, kind, records)
      const startedAt = Date.now() - options.forMs
      await Promise.all(manifest.map((stream) => feedStream(stream, startedAt)))
      await untilCommitted(url, never)
      await untilFinal(url, never)
      return everythingSince(manifest, startedAt)
    },
    deployMended: async () => {
      await host.stop()
      await build({ root, directory: appDirectory })
      await services.startHostAgain({})
    },
    verify: async (name) => {
      const { streams } = await readStatus(url)
      const stream = manifest.find(({ description }) => description.name === name)!
      return verifyStream(services, stream, streams[name]!, false, registry, fed.get(name)!)
    },
    tornAt: (moment, count) => line!.tornAt(moment, count),
    killHost: async () => {
      await host.kill()
      await services.startHostAgain({})
    },
    close: async () => {
      await services.stop()
      await line?.close()
    },
  }
}

/** The first events may be seconds older than the feed; those whose clocks run ahead count when they arrive. */
const everythingSince = (manifest: readonly ManifestStream[], startedAt: number): TimeRange => {
  const sizes = manifest.flatMap(({ description }) => Object.values(description.rollups))
  const step = Math.max(...sizes.map(({ every }) => durationMs(every)))
  return { from: Math.floor(startedAt / step - 1) * step, to: Math.ceil(Date.now() / step) * step }
}
