/** Where an event stands in time and in its stream: the order in which `last` prefers values. */
export interface Position {
  /** Epoch ms. */
  readonly occurredAt: number
  readonly partition: number
  readonly sequence: number
}

export const isAfter = (a: Position, b: Position): boolean => {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt > b.occurredAt
  if (a.partition !== b.partition) return a.partition > b.partition
  return a.sequence > b.sequence
}
