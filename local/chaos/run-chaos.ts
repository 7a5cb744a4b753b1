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

/** Resolves when all has happened and every service stands again, or at once where the signal says so. */
export const runChaos = async (
  schedule: readonly ChaosEvent[],
  target: ChaosTarget,
  signal: AbortSignal,
): Promise<void> => {
  const startedAt = Date.now()
  const inTurn = turns()
  await Promise.all(
    schedule.map(async (event) => {
      await sleep(Math.max(0, startedAt + event.atMs - Date.now()), undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      target.say(`chaos  ${describeChaos(event)}`)
      await perform(event, target, inTurn)
    }),
  )
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

const perform = async (event: ChaosEvent, target: ChaosTarget, inTurn: InTurn): Promise<void> => {
  const { services, lines } = target
  const { host, eventHubs, cosmos, storage } = services.processes
  switch (event.kind) {
    case 'kill host':
      return inTurn(host, async () => {
        await host.kill()
        await spoilCheckpoints(event.checkpoints, target)
        await sleep(event.downMs)
        await services.startHostAgain(cutBy(event.batchSize))
      })
    case 'second host': {
      const second = await services.startHost(cutBy(event.batchSize))
      await sleep(event.forMs)
      return event.end === 'kill' ? second.kill() : second.stop()
    }
    case 'zombie host': {
      const other = await services.startHost(cutBy(event.batchSize))
      let wake = (): void => undefined
      await inTurn(host, async () => {
        wake = host.pause()
      })
      await sleep(event.forMs)
      wake()
      await sleep(event.bothMs)
      if (event.dies === 'other') return other.kill()
      await inTurn(host, async () => {
        await host.kill()
        await services.startHostAgain({})
      })
      return other.stop()
    }
    case 'kill event-hubs':
      return inTurn(eventHubs, () => killForAWhile(eventHubs, event.downMs))
    case 'kill cosmos':
      return inTurn(cosmos, () => killForAWhile(cosmos, event.downMs))
    case 'kill storage':
      return inTurn(storage, () => killForAWhile(storage, event.downMs))
    case 'tear event-hubs':
      lines.tearEventHubs()
      return
    case 'late commits': {
      const end = lines.delayCommits(event.delayMs, event.share)
      await sleep(event.forMs)
      end()
      return
    }
    case 'cosmos faults': {
      const heal = lines.failCosmos(event.fault, event.share)
      await sleep(event.forMs)
      heal()
    }
  }
}

const killForAWhile = async (service: Service, downMs: number): Promise<void> => {
  await service.kill()
  await sleep(downMs)
  await service.startAgain()
}

const spoilCheckpoints = async (fault: CheckpointFault, { services, hubs }: ChaosTarget): Promise<void> => {
  if (fault === 'kept') return
  const place = { storage: services.storage, eventHubs: services.eventHubs, hubs }
  // Storage or Event Hubs may be down just now: then they stay as they are.
  await (fault === 'forgotten' ? forgetCheckpoints(place) : skipAhead(place)).catch(() => undefined)
}

/** As an app setting that stands for a value of host.json. */
const cutBy = (batchSize: number): Readonly<Record<string, string>> => ({
  AzureFunctionsJobHost__extensions__eventHubs__maxEventBatchSize: String(batchSize),
  AzureFunctionsJobHost__extensions__eventHubs__minEventBatchSize: String(Math.min(batchSize, 500)),
})
