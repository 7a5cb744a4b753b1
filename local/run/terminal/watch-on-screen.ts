/** Once a second a new view of the run, read as Millrace's users read: over HTTP. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { StatusAnswer } from '../../../shared/contracts/api.ts'
import { durationMs } from '../../feed/oracle.ts'
import { readRollup, readStatus } from '../api-client.ts'
import type { ManifestStream } from '../manifest.ts'
import { panels, rank, type Panel, type Ranking } from './panels.ts'
import type { Screen } from './screen.ts'
import { ViewHistory } from './view.ts'

const tickMs = 1_000

/** Resolves once the signal says so. A host that does not answer is shown as such, with what was last read. */
export const watchOnScreen = async (
  screen: Pick<Screen, 'show'>,
  manifest: readonly ManifestStream[],
  url: string,
  signal: AbortSignal,
  /** Once a second, too. */
  showMore: () => void,
): Promise<void> => {
  const names = manifest.map(({ description }) => description.name)
  const history = new ViewHistory(names, Date.now())
  const shown = panels.flatMap((panel) => {
    const every = manifest.find(({ description }) => description.name === panel.stream)?.description.rollups[
      panel.rollup
    ]
    return every === undefined ? [] : [{ panel, everyMs: durationMs(every.every) }]
  })
  const rankings = new Map<Panel, Ranking>()
  while (!signal.aborted) {
    const status = await readStatus(url).catch(() => undefined)
    if (status !== undefined) {
      await Promise.all(
        shown.map(async ({ panel, everyMs }) => {
          const ranking = await readRanking(url, panel, everyMs, status).catch(() => undefined)
          if (ranking !== undefined) rankings.set(panel, ranking)
        }),
      )
    }
    if (signal.aborted) return
    showMore()
    screen.show(history.next({ status, rankings: [...rankings.values()], at: Date.now() }))
    await sleep(tickMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Of the last windows that hold events: a recording's may be years old. */
const readRanking = async (url: string, panel: Panel, everyMs: number, status: StatusAnswer): Promise<Ranking> => {
  const ends = status.streams[panel.stream]?.shards.flatMap(({ openUntil }) =>
    openUntil === null ? [] : [Date.parse(openUntil)],
  )
  const newest = Math.max(...(ends ?? []))
  if (!Number.isFinite(newest)) return rank(panel, [])
  return rank(panel, await readRollup(url, panel.stream, panel.rollup, { from: newest - 3 * everyMs, to: newest }))
}
