import { controlProperty, heartbeatValue, type HeartbeatBody } from '../../shared/contracts/heartbeat.ts'
import { encodeBody, itemProperties, type FeedItem } from './feed-item.ts'

/** A heartbeat to every partition, the unused ones too, that states how far event time has come (epoch ms). */
export const heartbeats = (firstIndex: number, partitions: number, dueMs: number, at: number): FeedItem[] =>
  Array.from({ length: partitions }, (_, partition) => {
    const body: HeartbeatBody = { at: new Date(at).toISOString() }
    const index = firstIndex + partition
    return {
      index,
      partition,
      dueMs,
      kind: 'heartbeat',
      body: encodeBody(body),
      properties: { ...itemProperties(index, 'heartbeat'), [controlProperty]: heartbeatValue },
    }
  })
