import type { FeedItem } from './feed-item.ts'

/** The feed as it is, but what is due from `fromMs` of it on is not given before `until` resolves. */
export async function* heldBack(
  items: Iterable<FeedItem> | AsyncIterable<FeedItem>,
  fromMs: number,
  until: Promise<void>,
): AsyncGenerator<FeedItem> {
  for await (const item of items) {
    if (item.dueMs >= fromMs) await until
    yield item
  }
}
