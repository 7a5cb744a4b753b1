import type { HostJson } from '../host-json.ts'
import type { Invocation, InvocationResult } from '../invoke.ts'
import type { LogLevel, RegisteredFunction } from '../registry.ts'
import type { Settings } from '../settings.ts'

/** What a trigger's listener needs of the host. */
export interface ListenerContext {
  readonly fn: RegisteredFunction
  readonly settings: Settings
  readonly hostJson: HostJson
  readonly invoke: (invocation: Invocation) => Promise<InvocationResult>
  readonly log: (level: LogLevel, message: string) => void
}

/** Listens for what sets a function off, until it is stopped. */
export interface Listener {
  /** Runs the function once by hand, as the admin endpoint does. */
  run(input: string | undefined): Promise<InvocationResult>
  /** Takes nothing new; resolves when what runs has ended. */
  stop(): Promise<void>
}
