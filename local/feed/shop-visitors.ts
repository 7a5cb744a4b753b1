/** A shop's visitors as a population: some hundreds at a time, each walking from page to page until it is gone. */
import type { Population, Speaker } from './generator.ts'
import type { Random } from './random.ts'
import { actionAt, nextPlace, visitorOf, type Place, type Visitor } from './shop.ts'

const atATime = 400

interface Walker {
  readonly visitor: Visitor
  place: Exclude<Place, 'gone'>
  first: boolean
  readonly session: string
}

export const shopVisitors = (): Population => {
  const walkers: Walker[] = []
  let visitors = 0

  const walk = (random: Random): Walker => {
    const slot = random.below(atATime)
    const walker = walkers[slot]
    if (walker !== undefined) {
      const next = nextPlace(random, walker.place)
      if (next !== 'gone') {
        walker.place = next
        walker.first = false
        return walker
      }
    }
    visitors += 1
    const arrived: Walker = {
      // Half of them have been here before.
      visitor: visitorOf(random, random.chance(0.5) ? visitors : random.below(visitors)),
      place: 'home',
      first: true,
      session: `s${visitors}`,
    }
    walkers[slot] = arrived
    return arrived
  }

  return {
    next: (random): Speaker => {
      const { visitor, place, first, session } = walk(random)
      return {
        source: visitor.source,
        event: ({ id, time, sentAt }) => ({
          source: visitor.source,
          id,
          userId: visitor.id,
          sessionId: session,
          time: new Date(time).toISOString(),
          sentAt: new Date(sentAt).toISOString(),
          ip: visitor.ip,
          userAgent: visitor.userAgent,
          ...actionAt(random, place, visitor, first),
        }),
      }
    },
    spoil: (random, event) => {
      const { id: _id, ...withoutId } = event
      return random.pick<object>([
        withoutId,
        { ...event, type: 'nonsense' },
        { ...event, userId: 7 },
        { ...event, amount: -1 },
      ])
    },
  }
}
