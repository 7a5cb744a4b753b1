/** The Durable Functions engine of a host: takes what is due from the task hub and runs it. */
import type { Invocation, InvocationResult } from '../invoke.ts'
import type { LogLevel, RegisteredFunction } from '../registry.ts'
import { messageOf } from '../triggers/trigger.ts'
import { DurableFunctions } from './functions.ts'
import type { DurableSettings } from './settings.ts'
import { claimActivity } from './store/activities.ts'
import { claimEntity } from './store/entities.ts'
import { claimEpisode } from './store/episodes.ts'
import { TaskHub } from './store/task-hub.ts'
import { runActivity, runEntity, runEpisode } from './workers.ts'

export interface EngineOptions {
  /** Holds the task hub; shared with the other hosts of the app. */
  readonly directory: string
  readonly settings: DurableSettings
  readonly functions: readonly RegisteredFunction[]
  readonly invoke: (fn: RegisteredFunction, invocation: Invocation) => Promise<InvocationResult>
  readonly log: (level: LogLevel, message: string) => void
}

/** How long what another host has put into the hub goes unseen at most. */
const pollMs = 50
const aliveMs = 1_000
/** After the hub could not be read or written. */
const troubleWaitMs = 1_000

export class DurableEngine {
  readonly functions: DurableFunctions
  readonly settings: DurableSettings
  readonly hub: TaskHub
  readonly #log: EngineOptions['log']
  readonly #fillers: readonly (() => void)[]
  readonly #running = new Set<Promise<void>>()
  readonly #alive: NodeJS.Timeout
  #next: NodeJS.Timeout | undefined
  #isEnding = false

  /** Throws where the directory cannot be used. */
  constructor({ directory, settings, functions, invoke, log }: EngineOptions) {
    this.functions = new DurableFunctions(functions)
    this.settings = settings
    this.hub = new TaskHub(directory, settings.hubName)
    this.#log = log
    const { hub } = this
    const context = { database: hub.database, functions: this.functions, settings, invoke }
    this.#fillers = [
      this.#filler(
        settings.maxConcurrentOrchestratorFunctions,
        () => claimEpisode(hub.database, hub.hostId, Date.now()),
        (claim) => runEpisode(context, claim),
      ),
      this.#filler(
        settings.maxConcurrentActivityFunctions,
        () => claimActivity(hub.database, hub.hostId),
        (claim) => runActivity(context, claim),
      ),
      this.#filler(
        settings.maxConcurrentEntityFunctions,
        () => claimEntity(hub.database, hub.hostId, settings.maxEntityOperationBatchSize),
        (claim) => runEntity(context, claim),
      ),
    ]
    hub.enlist(Date.now())
    this.#alive = setInterval(() => this.#guard(() => hub.sayAlive(Date.now())), aliveMs)
    this.#guard(() => hub.sayAlive(Date.now()))
    this.lookSoon()
  }

  /** There may be something to do: said by whoever has put it into the hub. */
  lookSoon(): void {
    this.#lookIn(0)
  }

  /** Takes nothing new; resolves when what runs has ended and is committed. Clients can go on. */
  async drain(): Promise<void> {
    this.#isEnding = true
    clearTimeout(this.#next)
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  /** After `drain`: another host may take everything at once. */
  close(): void {
    clearInterval(this.#alive)
    this.#guard(() => this.hub.letGo())
    this.hub.close()
  }

  #lookIn(milliseconds: number): void {
    clearTimeout(this.#next)
    if (!this.#isEnding) this.#next = setTimeout(() => this.#look(), milliseconds)
  }

  #look(): void {
    let wait = troubleWaitMs
    this.#guard(() => {
      for (const fill of this.#fillers) fill()
      wait = Math.min(pollMs, this.#untilNextTimer())
    })
    this.#lookIn(wait)
  }

  #untilNextTimer(): number {
    const now = Date.now()
    const next = this.hub.database.get<{ due: number | null }>('SELECT min(due) AS due FROM inbox WHERE due > ?', now)
    return (next?.due ?? Infinity) - now
  }

  /** Takes work of a kind and does it, up to so much at once. */
  #filler<Claim>(most: number, claim: () => Claim | undefined, run: (claim: Claim) => Promise<boolean>): () => void {
    let running = 0
    return () => {
      while (running < most && !this.#isEnding) {
        const claimed = claim()
        if (claimed === undefined) return
        running += 1
        const work = this.#do(run(claimed)).then((wait) => {
          running -= 1
          this.#running.delete(work)
          this.#lookIn(wait)
        })
        this.#running.add(work)
      }
    }
  }

  /** How long to wait before the next look, in milliseconds. */
  async #do(work: Promise<boolean>): Promise<number> {
    try {
      if (!(await work)) {
        this.#log('warning', 'Durable work took so long that another host has taken it over: its result is void.')
      }
      return 0
    } catch (error) {
      this.#trouble(error)
      return troubleWaitMs
    }
  }

  #guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#trouble(error)
    }
  }

  /** The hub could not be read or written: what this host has is freed, so that it is done again. */
  #trouble(error: unknown): void {
    this.#log('error', `The task hub is in trouble, and is tried again: ${messageOf(error)}`)
    try {
      this.hub.letGo()
      this.hub.enlist(Date.now())
    } catch {
      // Said already; its lease runs out by itself.
    }
  }
}
