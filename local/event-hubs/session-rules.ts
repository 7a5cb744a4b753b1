/** What AMQP 1.0 (OASIS, part 2) asks of a server on each session and rhea does not do, or does for clients only. */
import type { Session } from 'rhea'
import { connectionOf, sessionOf, type LinkInternals, type Outcome, type ReceiverInternals } from './rhea-internals.ts'

export interface SessionRules {
  /** Of a larger message no more is kept than shows that it is too large. */
  readonly maxMessageBytes: number
  /** Told of each flow of the whole session: its window may be open again. */
  readonly onWindow: () => void
}

/** To be called when the session begins. */
export const keepRules = (session: Session, { maxMessageBytes, onWindow }: SessionRules): void => {
  const rhea = sessionOf(session)
  const { on_attach, on_detach, on_transfer, on_flow } = rhea
  const wake = (): void => connectionOf(session.connection)._register()

  // 2.6.1: a link's name is its own in one direction, and free again when the peer has detached it. rhea has one table.
  rhea.on_attach = (frame) => {
    const { name, role } = frame.performative
    const known = rhea.links[name]
    if (known !== undefined && (isReceiving(known) === role || !known.state.remote_open)) putAside(rhea.links, known)
    on_attach.call(rhea, frame)
  }

  // 2.6.4: after a detach its handle may be another link's. rhea keeps the old link under it.
  rhea.on_detach = (frame) => {
    on_detach.call(rhea, frame)
    delete rhea.remote.handles[frame.performative.handle]
  }

  rhea.on_transfer = (frame) => {
    // rhea decodes messages of format 0 and loses the types of their values on the way.
    if (frame.performative.message_format === 0) frame.performative.message_format = undefined
    const link = rhea.remote.handles[frame.performative.handle] as ReceiverInternals | undefined
    const begun = link?._incomplete
    // 2.7.5: an aborted delivery is dropped, whatever it brought, and counts as settled.
    if (frame.performative.aborted === true) {
      frame.performative.settled = true
      if (begun !== undefined) Object.assign(begun, { frames: [], remote_settled: true })
    }
    if (frame.performative.aborted === true || bytesOf(begun?.frames) > maxMessageBytes) frame.payload = undefined
    on_transfer.call(rhea, frame)
    // A delivery of many transfers uses the window up before it is complete.
    wake()
  }

  // rhea tells of neighbouring deliveries at once, and of the second what became of the first.
  const { incoming } = rhea
  const { update } = incoming
  incoming.update = (delivery, settled, state) => {
    const last = incoming.updated.at(-1)
    if (last !== undefined && !(isAccepted(last.state) && isAccepted(state))) incoming.process(session)
    update.call(incoming, delivery, settled, state)
  }

  rhea.on_flow = (frame) => {
    const { handle, echo } = frame.performative
    const link = typeof handle === 'number' ? rhea.remote.handles[handle] : undefined
    on_flow.call(rhea, frame)
    // 2.7.4: the peer is told how the link stands.
    if (link !== undefined && echo === true) link.issue_flow = true
    onWindow()
  }
}

/** By the outcome's descriptor: part 3, section 3.4.2. */
const isAccepted = (outcome: Outcome | undefined): boolean => outcome?.descriptor.value === 0x24

const isReceiving = (link: LinkInternals): boolean => 'drain' in link

/** Under a name that no peer uses: the link's end is still to be written. */
const putAside = (links: Record<string, LinkInternals>, link: LinkInternals): void => {
  delete links[link.name]
  link.name = `${link.name} ${crypto.randomUUID()}`
  links[link.name] = link
}

const bytesOf = (frames: readonly (Buffer | undefined)[] = []): number =>
  frames.reduce((sum, frame) => sum + (frame?.length ?? 0), 0)
