/** Timer triggers: one host of all that share the storage runs a timer, and never two runs of its schedule at once. */
import { BlobServiceClient } from '@azure/storage-blob'
import { pause } from '../pause.ts'
import { withRetries } from '../retry.ts'
import { connectionString } from '../settings.ts'
import { Ending } from './ending.ts'
import { whileHeld } from './singleton.ts'
import { parseSchedule } from './timer-schedule.ts'
import { openingStatus, statusDocument, TimerStatusStore, type TimerStatus } from './timer-status.ts'
import { messageOf, type Listener, type ListenerContext } from './trigger.ts'

/** Where the real host keeps locks and the status of timers. */
const hostsContainer = 'azure-webjobs-hosts'
/** How long at most without a look at the clock, which somebody may have set. */
const longestSleepMs = 60_000

export const listenToTimer = (context: ListenerContext): Listener => {
  const { fn, settings, hostJson, hostId, log } = context
  const text = fn.trigger['schedule']
  const where = `Function ${fn.name}, schedule`
  if (typeof text !== 'string') throw new Error(`${where}: expected an NCRONTAB expression such as */10 * * * * *.`)
  const schedule = parseSchedule(text, where)
  const storage = connectionString('AzureWebJobsStorage', settings, `Function ${fn.name}, ${fn.trigger.type}`)
  const container = BlobServiceClient.fromConnectionString(storage).getContainerClient(hostsContainer)
  const store = new TimerStatusStore(container, hostId, fn.name)
  const isMonitored = fn.trigger['useMonitor'] !== false && !schedule.isFrequent(new Date())
  const ending = new Ending()
  let status: TimerStatus | undefined

  const inputOf = (isPastDue: boolean) => ({
    data: {
      json: JSON.stringify({
        Schedule: { AdjustForDST: schedule.adjustsForDst },
        ScheduleStatus: isMonitored && status !== undefined ? statusDocument(status) : null,
        IsPastDue: isPastDue,
      }),
    },
  })

  const turn = async (isPastDue: boolean): Promise<void> => {
    const startedAt = new Date()
    await withRetries(fn.retry ?? hostJson.retry, { signal: ending.stopped, random: Math.random }, (retry) =>
      context.invoke({ ...inputOf(isPastDue), ...(retry === undefined ? {} : { retry }) }),
    )
    // From its start: where a run took longer than its interval the next one follows at once, and only one.
    status = { last: startedAt, next: schedule.next(startedAt), lastUpdated: startedAt }
    await save(status)
  }

  const save = async (saved: TimerStatus): Promise<void> => {
    if (!isMonitored) return
    await store.write(saved).catch((error: unknown) => {
      log('error', `The status of timer ${fn.name} was not saved: ${messageOf(error)}`)
    })
  }

  const watch = async (lost: AbortSignal): Promise<void> => {
    const isOver = AbortSignal.any([ending.begun, lost])
    const opening = openingStatus(schedule, isMonitored ? await store.read() : undefined, new Date())
    status = opening.status
    await save(status)
    log('debug', `Timer ${fn.name} is due next at ${status.next.toISOString()}.`)
    if (opening.isPastDue || fn.trigger['runOnStartup'] === true) await turn(opening.isPastDue)
    while (!isOver.aborted) {
      const left = status.next.getTime() - Date.now()
      if (left > 0) await pause(Math.min(left, longestSleepMs), isOver)
      else await turn(false)
    }
  }

  const running = whileHeld(
    {
      container,
      blobName: `locks/${hostId}/Host.Functions.${fn.name}.Listener`,
      ending: ending.begun,
      onTrouble: (error) => {
        log('warning', `Timer ${fn.name} cannot reach its storage: ${messageOf(error)}`)
      },
    },
    watch,
  )

  return {
    run: () => context.invoke(inputOf(false)),
    ...ending.waysOut(() => running),
  }
}
