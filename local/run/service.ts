import { setTimeout as sleep } from 'node:timers/promises'
import { PortTakenError, startChild, type Child } from '../child.ts'

/** What a service says of itself once it is ready: its connection string or URL, and its port or ports. */
export type Ready = Readonly<Record<string, unknown>>

export interface ServiceOptions {
  readonly name: string
  /** The module that runs it. */
  readonly module: string
  readonly onLine: (line: string) => void
  /** It has ended and nobody asked for it. */
  readonly onLost: () => void
}

/** How long a service is given to come up. */
const patienceMs = 60_000
const pauseMs = 500

/** One service as a process of its own, that can be killed and started again in its place. */
export class Service {
  readonly #options: ServiceOptions
  #settings: object
  #child: Child | undefined
  #ready: Ready = {}
  /** The process that somebody asked to end. */
  #ending: Child | undefined

  constructor(options: ServiceOptions) {
    this.#options = options
    this.#settings = {}
  }

  get name(): string {
    return this.#options.name
  }

  get ready(): Ready {
    return this.#ready
  }

  /** Rejects with the module's own message where it cannot start. `settings` are the module's options. */
  async start(settings: object): Promise<Ready> {
    const { name, module, onLine, onLost } = this.#options
    const started: { child?: Child } = {}
    this.#settings = settings
    const child = await startChild(module, settings, {
      name,
      onLine,
      onExit: () => {
        if (started.child === undefined || started.child !== this.#ending) onLost()
      },
    })
    started.child = child
    this.#child = child
    this.#ready = child.ready as Ready
    return this.#ready
  }

  /** SIGKILL, as a crash; resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#ending = this.#child
    this.#child?.kill()
    await this.#child?.stop()
  }

  /** Like `start`, and tries again for a while: what it needs may be down, too. */
  async startPatiently(settings: object): Promise<void> {
    const deadline = Date.now() + patienceMs
    for (;;) {
      try {
        await this.start(settings)
        return
      } catch (error) {
        if (Date.now() > deadline) throw error
        await sleep(pauseMs)
      }
    }
  }

  /** After `kill`: in the same place, with `changes` to its options. */
  startAgain(changes: object = {}): Promise<void> {
    const { port, ports } = this.#ready
    const place = port === undefined ? { ports } : { port }
    return this.startPatiently({ ...this.#settings, ...place, ...changes })
  }

  /** Stands still, as a virtual machine that is moved; returns what lets the same process go on, if it still lives. */
  pause(): () => void {
    const { pid } = this.#child!
    signalIfAlive(pid, 'SIGSTOP')
    return () => {
      signalIfAlive(pid, 'SIGCONT')
    }
  }

  async stop(): Promise<void> {
    this.#ending = this.#child
    await this.#child?.stop()
  }
}

const signalIfAlive = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Starts the service on its usual port, or where that is taken on any free one. */
export const startOnFreePort = async (
  service: Service,
  port: number,
  settingsOn: (port: number) => object,
  say: (line: string) => void,
): Promise<Ready> => {
  try {
    return await service.start(settingsOn(port))
  } catch (error) {
    if (!(error instanceof PortTakenError)) throw error
    const ready = await service.start(settingsOn(0))
    const instead = ready['port'] ?? Object.values(ready['ports'] as object).join(', ')
    say(`Port ${port} is taken: ${service.name} listens on ${String(instead)} instead.`)
    return ready
  }
}
