/** Replays in plain lines. */
import type { ReplayAnswer } from '../../shared/contracts/api.ts'
import type { Difference, ReplayReport } from '../../shared/contracts/control-documents.ts'

const shownDifferences = 6

export const progressLine = ({ state, progress }: ReplayAnswer): string => {
  const { events, eventsDone, slices, slicesDone, eventsPerSecond, secondsLeft } = progress
  const pace = eventsPerSecond === null ? '' : `, ${eventsPerSecond} events/s, ${secondsLeft} s of reading left`
  return `  ${state}: ${eventsDone} of ${events} events, ${slicesDone} of ${slices} slices${pace}`
}

export const reportLines = ({ windows, differences, ledgers, ...report }: ReplayReport): string[] => [
  ...Object.entries(windows).map(
    ([rollup, { equal, changed, added, removed }]) =>
      `  ${rollup}: ${equal} windows equal, ${changed} changed, ${added} added, ${removed} removed`,
  ),
  `  some of the largest differences:`,
  ...oneOfEachGroup(differences).map((difference) => `    ${differenceLine(difference)}`),
  ...ledgers.map(({ partition, after, upTo, live, replay }) => {
    const isSame = JSON.stringify(live) === JSON.stringify(replay)
    const { received, accepted, duplicate, late, filtered, dead } = replay
    return (
      `  ledger of partition ${partition}, sequences ${after + 1} to ${upTo}: ${received} received, ${accepted} accepted, ` +
      `${duplicate} duplicate, ${late} late, ${filtered} filtered, ${dead} dead: ${isSame ? 'as live' : 'NOT as live'}`
    )
  }),
  `  ${report.events} events in ${report.seconds.toFixed(1)} s, ${report.eventsPerSecond} events/s, ${report.missing} missing`,
]

const oneOfEachGroup = (differences: readonly Difference[]): Difference[] => {
  const groups = new Map<string, Difference>()
  for (const difference of differences) {
    const { rollup, windowStart, key, served, replayed } = difference
    const group = JSON.stringify([rollup, windowStart, key])
    if (!groups.has(group) && typeof (served ?? replayed) === 'number') groups.set(group, difference)
  }
  return [...groups.values()].slice(0, shownDifferences)
}

const differenceLine = ({ rollup, windowStart, key, metric, served, replayed }: Difference): string =>
  `${rollup} ${windowStart} ${Object.values(key).join(' | ')} ${metric}: served ${valueOf(served)}, replayed ${valueOf(replayed)}`

const valueOf = (value: Difference['served']): string => (value === undefined ? 'nothing' : JSON.stringify(value))
