/**
 * What the server needs of rhea that rhea's types do not tell. The version is pinned in package.json, and the protocol tests
 * notice if another one works differently.
 */
import type { Socket } from 'node:net'
import type { Connection, Delivery, Receiver, Sender, Session } from 'rhea'

export interface Attach {
  readonly name: string
  /** True where the peer receives. */
  readonly role: boolean
  readonly snd_settle_mode?: number | null
  readonly source?: Described | null
  readonly target?: Described | null
  readonly desired_capabilities?: unknown
}

/** A terminus as the peer described it. */
export interface Described {
  described(): unknown
}

export interface LinkInternals {
  name: string
  credit: number
  issue_flow: boolean
  readonly state: { readonly remote_open: boolean }
  readonly local: {
    readonly attach: {
      source?: unknown
      target?: unknown
      snd_settle_mode?: number
      offered_capabilities?: unknown
    }
  }
  readonly remote: { readonly attach?: Attach }
}

export interface SenderInternals extends LinkInternals {
  readonly _draining: boolean
}

export interface ReceiverInternals extends LinkInternals {
  /** The delivery of which transfers are still to come. */
  readonly _incomplete?: Delivery & { readonly frames: readonly Buffer[] }
}

export interface Frame<P> {
  readonly performative: P
  payload?: Buffer | undefined
}

export interface Transfer {
  readonly handle: number
  message_format?: number | null | undefined
  settled?: boolean | null
  readonly aborted?: boolean | null
}

export interface Flow {
  readonly handle?: number | null
  readonly echo?: boolean | null
}

export interface Outcome {
  readonly descriptor: { readonly value: unknown }
}

/** What comes in over a session. */
export interface IncomingInternals {
  /** Deliveries of which the peer is still to be told. */
  readonly updated: readonly { readonly state: Outcome | undefined }[]
  update(delivery: unknown, settled: unknown, state: Outcome | undefined): void
  /** Tells the peer. */
  process(session: Session): void
}

export interface SessionInternals {
  readonly incoming: IncomingInternals
  readonly links: Record<string, LinkInternals>
  readonly remote: { readonly handles: Record<number, LinkInternals> }
  readonly outgoing: { readonly next_pending_delivery: number; available(): number }
  on_attach(frame: Frame<Attach>): void
  on_detach(frame: Frame<{ readonly handle: number }>): void
  on_transfer(frame: Frame<Transfer>): void
  on_flow(frame: Frame<Flow>): void
}

export interface ConnectionInternals {
  readonly socket: Socket
  /** Bytes of the frame of which the rest is still to come. */
  readonly frame_size?: number
  accept(socket: Socket): void
  /** Has sessions and links look for what they have to write. */
  _register(): void
  /** Ends timers and tells that the peer is gone. */
  _disconnected(): void
}

export const connectionOf = (connection: Connection): ConnectionInternals =>
  connection as unknown as ConnectionInternals
export const sessionOf = (session: Session): SessionInternals => session as unknown as SessionInternals
export const senderOf = (sender: Sender): SenderInternals => sender as unknown as SenderInternals
export const linkOf = (link: Sender | Receiver): LinkInternals => link as unknown as LinkInternals
