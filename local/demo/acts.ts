/** The story: counted wrongly, mended by a replay that is compared before it is promoted, and by one whose host is killed twice. */
import type { ReplayAnswer } from '../../shared/contracts/api.ts'
import type { TimeRange } from '../../shared/contracts/control-documents.ts'
import type { Verification } from '../run/verify.ts'
import type { StreamFault } from './faults.ts'
import type { Moment } from './kill-line.ts'
import { askForReplay, followReplay, promoteReplay } from './replay-client.ts'
import type { Stage } from './stage.ts'
import { progressLine, reportLines } from './tell.ts'

export interface Scene {
  readonly stage: Stage
  readonly faults: readonly StreamFault[]
  readonly say: (line: string) => void
}

/** Events go through the app as it is wrong: what it serves is not what the oracle expects. Resolves with the range of it. */
export const countWrongly = async ({ stage, faults, say }: Scene): Promise<TimeRange> => {
  say('Millrace runs, built with a fault for each stream:')
  for (const { stream, tells } of faults) say(`  ${stream}: ${tells}`)
  say('Feeding both streams, until everything is committed and every window is final …')
  const range = await stage.feed()
  for (const { stream } of faults) {
    const { sent, windowsCompared, windowsDiffering, mismatches } = await stage.verify(stream)
    say(`${stream}: ${sent} events sent; ${windowsDiffering} of ${windowsCompared} windows differ from the oracle's`)
    for (const mismatch of mismatches.slice(0, 3)) say(`  ${mismatch}`)
    if (windowsDiffering === 0) throw new Error(`Nothing is wrong with ${stream}: there is nothing to mend.`)
  }
  say('The host is stopped, the faults are mended, and it is started again on the same state.')
  await stage.deployMended()
  return range
}

export const mendByComparing = async ({ stage, say }: Scene, stream: string, range: TimeRange): Promise<void> => {
  const { id } = await ask(stage, say, stream, range, 'compare')
  const { report } = await followReplay(stage.url, id, 'ready', (replay) => {
    say(progressLine(replay))
  })
  say(`It is ready, and nobody sees it yet. Beside what is served:`)
  for (const line of reportLines(report!)) say(line)
  await promoteReplay(stage.url, id)
  say(`Promoted: from now on ${id} answers for the range.`)
  verdict(stream, await stage.verify(stream), say)
}

const kills: readonly { readonly moment: Moment; readonly count: number; readonly tells: string }[] = [
  { moment: 'slice', count: 3, tells: 'while it folds its slices: the answer to a commit is lost' },
  { moment: 'publish', count: 3, tells: 'while it publishes its windows: the answer to a write is lost' },
]

export const mendThroughKills = async ({ stage, say }: Scene, stream: string, range: TimeRange): Promise<void> => {
  const asked = ask(stage, say, stream, range, 'promote')
  const killing = async (): Promise<void> => {
    for (const { moment, count, tells } of kills) {
      await stage.tornAt(moment, count)
      // Whoever asked has his answer: the replay may be faster.
      await asked
      await stage.killHost()
      say(`  SIGKILL to the host ${tells}. Another one goes on.`)
    }
  }
  const following = async (): Promise<ReplayAnswer> => {
    const { id } = await asked
    return followReplay(stage.url, id, 'promoted', (replay) => {
      say(progressLine(replay))
    })
  }
  const [{ report }] = await Promise.all([following(), killing()])
  say(`Promoted, all the same. Beside what was served before:`)
  for (const line of reportLines(report!)) say(line)
  verdict(stream, await stage.verify(stream), say)
}

const ask = async (stage: Stage, say: Scene['say'], stream: string, range: TimeRange, mode: 'compare' | 'promote') => {
  const [from, to] = [range.from, range.to].map((instant) => new Date(instant).toISOString()) as [string, string]
  const asked = { stream, from, to, mode, late: 'as-live', reason: 'A fault in a step was mended.' } as const
  say(`\nPOST /api/manage/replays ${JSON.stringify(asked)}`)
  const replay = await askForReplay(stage.url, asked)
  say(`  202: ${replay.id}, ${replay.progress.events} events in ${replay.progress.slices} slices`)
  return replay
}

const verdict = (stream: string, { windowsCompared, mismatches }: Verification, say: Scene['say']): void => {
  for (const mismatch of mismatches.slice(0, 10)) say(`  ${mismatch}`)
  if (mismatches.length > 0) throw new Error(`${stream}: NOT mended, ${mismatches.length} differences`)
  say(`${stream}: verified, all ${windowsCompared} windows equal the oracle's`)
}
