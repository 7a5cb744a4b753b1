import { PortTakenError, startChild, type Child } from '../child.ts'

export type Ready = Readonly<Record<string, unknown>>

export interface ServiceOptions {
  readonly name: string
  /** The module that runs it. */
  readonly module: string
  readonly onLine: (line: string) => void
  /** It has ended and nobody asked for it. */
  readonly onLost: () => void
}

/** One service as a process of its own, that can be killed and started again where it was. */
export class Service {
  readonly #options: ServiceOptions
  readonly #settingsOn: (ports: Ready) => object
  #settings: object
  #child: Child
  #isExpectedToEnd = false

  /** `settings` makes the module's options: from the ports it had before, where it is started again. */
  static async start(
    options: ServiceOptions,
    settings: object,
    settingsOn: (ready: Ready) => object,
  ): Promise<Service> {
    const early: { service?: Service } = {}
    const child = await startProcess(options, settings, () => early.service?.ended())
    const service = new Service(options, settings, settingsOn, child)
    early.service = service
    return service
  }

  private constructor(options: ServiceOptions, settings: object, settingsOn: (ready: Ready) => object, child: Child) {
    this.#options = options
    this.#settings = settings
    this.#settingsOn = settingsOn
    this.#child = child
  }

  get ready(): Ready {
    return this.#child.ready as Ready
  }

  /** SIGKILL, as a crash; resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#isExpectedToEnd = true
    this.#child.kill()
    await this.#child.stop()
  }

  /** Starts it again after `kill`, on the same ports; `changes` are other options than before. */
  async startAgain(changes: object = {}): Promise<void> {
    this.#settings = { ...this.#settings, ...this.#settingsOn(this.ready), ...changes }
    this.#isExpectedToEnd = false
    this.#child = await startProcess(this.#options, this.#settings, () => this.ended())
  }

  /** Stands still, as a virtual machine that is moved; returns what lets the same process go on. */
  pause(): () => void {
    const { pid } = this.#child
    process.kill(pid, 'SIGSTOP')
    return () => {
      try {
        process.kill(pid, 'SIGCONT')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    }
  }

  async stop(): Promise<void> {
    this.#isExpectedToEnd = true
    await this.#child.stop()
  }

  private ended(): void {
    if (!this.#isExpectedToEnd) this.#options.onLost()
  }
}

const startProcess = ({ name, module, onLine }: ServiceOptions, settings: object, onExit: () => void): Promise<Child> =>
  startChild(module, settings, { name, onLine, onExit })

export { PortTakenError }
