/**
 * A heartbeat is a control event in the hub: it carries this application property and a small JSON body.
 * Without a body it means its own `enqueuedAt`; a feed of recordings states the event time that it has reached.
 */
export const controlProperty = 'millraceControl'
export const heartbeatValue = 'heartbeat'

export interface HeartbeatBody {
  /** ISO 8601 instant, UTC: event time has safely advanced to here. Read only where heartbeats come from the feed. */
  readonly at?: string
}

/** Who sends heartbeats: Millrace's own timer, or the feed itself (recordings and bounded runs). */
export type HeartbeatSource = 'timer' | 'feed'
