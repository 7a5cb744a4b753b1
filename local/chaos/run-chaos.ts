/** Makes everything on a schedule go wrong, and puts it right again. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Service } from '../run/service.ts'
import type { Services } from '../run/services.ts'
import { forgetCheckpoints, skipAhead } from './checkpoints.ts'
import type { ChaosLines } from './lines.ts'
import { describeChaos, type ChaosEvent, type CheckpointFault } from './schedule.ts'

export interface ChaosTarget {
  readonly services: Services
  readonly lines: ChaosLines
  readonly hubs: readonly string[]
  readonly say: (line: string) => void
}

/**
 * Resolves when all has happened and every service stands again. From the moment when the signal says so nothing more
 * goes wrong, and what has is put right without further waiting. Also where it rejects nothing is under way any more.
 */
export const runChaos = async (
  schedule: readonly ChaosEvent[],
  target: ChaosTarget,
  signal: AbortSignal,
): Promise<void> => {
  const startedAt = Date.now()
  const failed = new AbortController()
  const over = AbortSignal.any([signal, failed.signal])
  const course: Course = {
    inTurn: turns(),
    wait: (ms) => sleep(ms, undefined, { signal: over }).catch(() => undefined),
  }
  const happening = schedule.map(async (event) => {
    await course.wait(Math.max(0, startedAt + event.atMs - Date.now()))
    if (over.aborted) return
    target.say(`chaos  ${describeChaos(event)}`)
    try {
      await perform(event, target, course)
    } catch (error) {
      failed.abort()
      throw error
    }
  })
  await Promise.allSettled(happening)
  await Promise.all(happening)
}

interface Course {
  readonly inTurn: InTurn
  /** At most so long: less where all is to end. */
  readonly wait: (ms: number) => Promise<void>
}

type InTurn = (service: Service, work: () => Promise<void>) => Promise<void>

/** What ends and starts one service waits for what did so before. */
const turns = (): InTurn => {
  const last = new Map<Service, Promise<void>>()
  return (service, work) => {
    const turn = (last.get(service) ?? Promise.resolve()).then(work)
    last.set(service, turn)
    return turn
  }
}

const perform = async (event: ChaosEvent, target: ChaosTarget, course: Course): Promise<void> => {
  const { services, lines } = target
  const { inTurn, wait } = course
  const { host, eventHubs, cosmos, storage } = services.processes
  switch (event.kind) {
    case 'kill host':
      return inTurn(host, async () => {
        await host.kill()
        await spoilCheckpoints(event.checkpoints, target)
        await wait(event.downMs)
        await services.startHostAgain(cutBy(event.batchSize))
      })
    case 'second host': {
      const second = await services.startHost(cutBy(event.batchSize))
      await wait(event.forMs)
      return event.end === 'kill' ? second.kill() : second.stop()
    }
    case 'zombie host': {
      const other = await services.startHost(cutBy(event.batchSize))
      // All of it is one turn: who killed the host meanwhile would spare it to go on where it was.
      return inTurn(host, async () => {
        const wake = host.pause()
        await wait(event.forMs)
        wake()
        await wait(event.bothMs)
        if (event.dies === 'other') return other.kill()
        await host.kill()
        await services.startHostAgain({})
        await other.stop()
      })
    }
    case 'kill event-hubs':
      return inTurn(eventHubs, () => killForAWhile(eventHubs, event.downMs, wait))
    case 'kill cosmos':
      return inTurn(cosmos, () => killForAWhile(cosmos, event.downMs, wait))
    case 'kill storage':
      return inTurn(storage, () => killForAWhile(storage, event.downMs, wait))
    case 'tear event-hubs':
      lines.tearEventHubs()
      return
    case 'late commits': {
      const end = lines.delayCommits(event.delayMs, event.share)
      await wait(event.forMs)
      end()
      // Until the last has arrived: what they change is to be compared, too.
      return wait(event.delayMs)
    }
    case 'cosmos faults': {
      const heal = lines.failCosmos(event.fault, event.share)
      await wait(event.forMs)
      heal()
    }
  }
}

const killForAWhile = async (service: Service, downMs: number, wait: Course['wait']): Promise<void> => {
  await service.kill()
  await wait(downMs)
  await service.startAgain()
}

const spoilCheckpoints = async (fault: CheckpointFault, { services, hubs, say }: ChaosTarget): Promise<void> => {
  if (fault === 'kept') return
  const place = { storage: services.storage, eventHubs: services.eventHubs, hubs }
  try {
    say(`       ${await (fault === 'forgotten' ? forgetCheckpoints(place) : skipAhead(place))} checkpoints ${fault}`)
  } catch (error) {
    // Storage or Event Hubs may be down just now.
    say(`       the checkpoints stay as they are: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** As an app setting that stands for a value of host.json. */
const cutBy = (batchSize: number): Readonly<Record<string, string>> => ({
  AzureFunctionsJobHost__extensions__eventHubs__maxEventBatchSize: String(batchSize),
  AzureFunctionsJobHost__extensions__eventHubs__minEventBatchSize: String(Math.min(batchSize, 500)),
})
