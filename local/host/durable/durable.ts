/** Durable Functions of an app, as the host has them: the engine, the API, and the input of durable clients. */
import { randomBytes } from 'node:crypto'
import { pause } from '../pause.ts'
import { systemKeyOf, type AccessKeys } from '../http/keys.ts'
import { clientBinding, webhooksPath, type ClientBindingOptions } from './api/client-binding.ts'
import { DurableClient } from './client.ts'
import { DurableEngine, type EngineOptions } from './engine.ts'
import type { ManagementContext } from './api/starting.ts'

/** The system key that opens the webhooks. */
export const systemKeyName = 'durabletask_extension'

export interface Durable {
  readonly engine: DurableEngine
  readonly management: ManagementContext
  /** JSON text. */
  readonly clientInput: string
  /** Path of the API for the app's own clients; nobody else knows it, so that it needs no key. */
  readonly localPath: string
  /** Takes nothing new; resolves when what runs has ended. Clients can go on. */
  drain(): Promise<void>
  /** Also lets nobody wait for results any longer. */
  stop(): Promise<void>
  close(): void
}

export interface DurableOptions extends EngineOptions {
  /** Of this host. */
  readonly url: string
  readonly keys: AccessKeys | undefined
}

/** Starts the engine. Throws where its directory cannot be used. */
export const startDurable = ({ url, keys, ...options }: DurableOptions): Durable => {
  const engine = new DurableEngine(options)
  const stopping = new AbortController()
  const localPath = `/durabletask/${randomBytes(24).toString('base64url')}/`
  const code = keys === undefined ? undefined : systemKeyOf(keys, systemKeyName)
  const binding: ClientBindingOptions = { url, hubName: options.settings.hubName, code, localPath }
  return {
    ...{ engine, localPath },
    management: {
      ...{ client: new DurableClient(engine), binding },
      pause: (milliseconds) => pause(milliseconds, stopping.signal),
      isEnding: () => stopping.signal.aborted,
    },
    clientInput: clientBinding(binding),
    drain: () => engine.drain(),
    stop: () => {
      stopping.abort()
      return engine.drain()
    },
    close: () => {
      engine.close()
    },
  }
}

/** Which part of the API a request is for, and whether it needs the key; undefined: it is for something else. */
export const durablePathOf = (
  durable: Durable,
  pathname: string,
): { readonly path: string; readonly needsKey: boolean } | undefined => {
  if (pathname.toLowerCase().startsWith(webhooksPath)) {
    return { path: pathname.slice(webhooksPath.length), needsKey: true }
  }
  if (pathname.startsWith(durable.localPath)) {
    return { path: pathname.slice(durable.localPath.length), needsKey: false }
  }
  return undefined
}
