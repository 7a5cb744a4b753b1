import type { HostJson } from '../host-json.ts'
import type { Invocation, InvocationResult } from '../invoke.ts'
import type { LogLevel, RegisteredFunction } from '../registry.ts'
import type { Settings } from '../settings.ts'

/** What a trigger's listener needs of the host. */
export interface ListenerContext {
  /** The settings that its trigger names are resolved. */
  readonly fn: RegisteredFunction
  readonly settings: Settings
  readonly hostJson: HostJson
  /** Of all hosts of this app: what they share in storage is kept under it. */
  readonly hostId: string
  readonly invoke: (invocation: Invocation) => Promise<InvocationResult>
  readonly log: (level: LogLevel, message: string) => void
}

/** Listens for what sets a function off, until it is stopped. */
export interface Listener {
  /** Runs the function once by hand, as the admin endpoint does. */
  run(input: string | undefined): Promise<InvocationResult>
  /** Takes nothing new; resolves when what runs has ended, retries included, and is checkpointed. `stop` may follow. */
  drain(): Promise<void>
  /** Takes nothing new, retries nothing and checkpoints nothing any more; resolves when what runs has ended. */
  stop(): Promise<void>
}

/** Starts listening. Throws, or rejects, naming the function and what is wrong with its trigger. */
export type Listen = (context: ListenerContext) => Listener | Promise<Listener>

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
