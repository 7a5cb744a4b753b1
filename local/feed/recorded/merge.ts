/** Files that were recorded at the same time go on together. */

/** What a merge needs to know of a record. */
export interface Timed {
  /** Epoch ms; undefined where a record tells none. */
  readonly time: number | undefined
}

/**
 * Merges by time, keeping the order of each file: a record that steps back, or tells no time, comes at the newest time
 * of its file before it. Holds one record a file.
 */
export async function* mergeByTime<T extends Timed>(files: readonly AsyncIterable<T>[]): AsyncGenerator<T> {
  const heads: Head<T>[] = []
  try {
    for (const file of files) {
      const head: Head<T> = { iterator: file[Symbol.asyncIterator](), record: undefined, turn: -Infinity }
      heads.push(head)
      await advance(head)
    }
    for (let next = first(heads); next?.record !== undefined; next = first(heads)) {
      yield next.record
      await advance(next)
    }
  } finally {
    for (const { iterator } of heads) await iterator.return?.()
  }
}

interface Head<T> {
  readonly iterator: AsyncIterator<T>
  /** undefined at the file's end. */
  record: T | undefined
  /** When it is the record's turn: never before the one before it. */
  turn: number
}

const advance = async <T extends Timed>(head: Head<T>): Promise<void> => {
  const { done, value } = await head.iterator.next()
  head.record = done === true ? undefined : value
  head.turn = head.record === undefined ? Infinity : Math.max(head.turn, head.record.time ?? -Infinity)
}

const first = <T>(heads: readonly Head<T>[]): Head<T> | undefined => {
  let least: Head<T> | undefined
  for (const head of heads) {
    if (head.record !== undefined && (least === undefined || head.turn < least.turn)) least = head
  }
  return least
}
