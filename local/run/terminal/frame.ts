/** A view as lines for a screen of a given size: no more rows, no more columns, whatever is in the view. */
import type { LatencyMs } from '../../../shared/contracts/api.ts'
import { ruPerEvent } from '../status-line.ts'
import { cutLine, harmless, left, right, type Line, type Span } from './line.ts'
import type { Ranking } from './panels.ts'
import { sparkline } from './sparkline.ts'
import type { StreamView, View } from './view.ts'

export interface Size {
  readonly columns: number
  readonly rows: number
}

/** Below this width rankings stand one under the other. */
const leastForTwo = 72
/** Two lines of title and a few groups make a ranking worth its place. */
const leastRankingRows = 4
const mostRankingRows = 14
const messageRows = 4
/** More than this many seconds of events not yet committed: the hot path does not keep up. */
const tolerableLagSeconds = 10

/** `messages`: what was said so far, oldest first; the newest are shown. */
export const frame = (
  view: View | undefined,
  messages: readonly string[],
  { columns, rows }: Size,
): readonly Line[] => {
  const streams = view?.streams.flatMap((stream) => [...streamLines(stream, columns), []]) ?? []
  const top = [header(view), [], ...streams]
  const free = rows - top.length
  const rankings = view === undefined ? [] : rankingLines(view.rankings, columns, free - messageRows)
  const said = messageLines(messages, free - rankings.length)
  return [...top, ...rankings, ...said].slice(0, Math.max(0, rows)).map((line) => cutLine(line, columns))
}

const header = (view: View | undefined): Line => {
  if (view === undefined)
    return [
      { text: 'Millrace', style: 'bold' },
      { text: '  starting …', style: 'dim' },
    ]
  const stale: Line = view.stale ? [{ text: '  the host does not answer', style: 'yellow' }] : []
  return [
    { text: 'Millrace', style: 'bold' },
    { text: `  running ${clock(view.elapsedMs)}` },
    ...stale,
    { text: '  Ctrl-C ends', style: 'dim' },
  ]
}

const clock = (elapsedMs: number): string => {
  const seconds = Math.floor(elapsedMs / 1_000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

const streamLines = ({ name, status, measured, rates }: StreamView, columns: number): Line[] => {
  const rate = rates.at(-1) ?? 0
  const costs = measured === undefined || measured.events === 0 ? '' : `${ruPerEvent(measured)} RU/event  `
  const title = `${name}  ${right(String(rate), 7)} events/s  ${costs}`
  return [
    [
      { text: name, style: 'bold' },
      { text: title.slice(name.length) },
      { text: sparkline(rates, columns - title.length), style: 'cyan' },
    ],
    outcomes(status.ledger),
    [
      { text: '  lag ' },
      lagSpan(status.lag, rate),
      { text: '  by shard ', style: 'dim' },
      ...status.shards.flatMap(({ partition, lag }): Line => [
        { text: ` ${partition}:`, style: 'dim' },
        lagSpan(lag, rate / status.shards.length),
      ]),
    ],
    [{ text: `  committed ${latency(measured?.latencyMs)}  served ${latency(measured?.servedMs)}` }],
  ]
}

const outcomes = (ledger: StreamView['status']['ledger']): Line => {
  const { accepted, duplicate, late, filtered, dead, lost } = ledger
  const alarming = (name: string, count: number, style: 'yellow' | 'red'): Span =>
    count > 0 ? { text: `  ${name} ${count}`, style } : { text: `  ${name} ${count}` }
  return [
    { text: `  accepted ${accepted}`, style: 'green' },
    { text: `  duplicate ${duplicate}  late ${late}  filtered ${filtered}` },
    alarming('dead', dead, 'yellow'),
    ...(lost > 0 ? [alarming('lost', lost, 'red')] : []),
  ]
}

const lagSpan = (lag: number, rate: number): Span =>
  lag > 0 && lag > rate * tolerableLagSeconds ? { text: String(lag), style: 'yellow' } : { text: String(lag) }

const latency = (measured: LatencyMs | null | undefined): string =>
  measured === null || measured === undefined
    ? '-'
    : `p50 ${Math.round(measured.p50)} p95 ${Math.round(measured.p95)} p99 ${Math.round(measured.p99)} ms`

/** Side by side where there is room, each of the same height; none where there is too little. */
const rankingLines = (rankings: readonly Ranking[], columns: number, rows: number): Line[] => {
  if (rankings.length === 0) return []
  const together = columns >= leastForTwo ? rankings.length : 1
  const deep = Math.ceil(rankings.length / together)
  // Each ends in an empty line.
  const height = Math.min(mostRankingRows, Math.floor(rows / deep) - 1)
  if (height < leastRankingRows) return deep > 1 ? rankingLines(rankings.slice(0, -1), columns, rows) : []
  const gap = 2
  const width = Math.floor((columns - gap * (together - 1)) / together)
  const lines: Line[] = []
  for (let i = 0; i < rankings.length; i += together) {
    const blocks = rankings.slice(i, i + together).map((ranking) => rankingBlock(ranking, width, height))
    for (let row = 0; row < height; row += 1) {
      lines.push(
        blocks.flatMap((block, at): Line => (at === 0 ? block[row]! : [{ text: ' '.repeat(gap) }, ...block[row]!])),
      )
    }
    lines.push([])
  }
  return lines
}

const valueWidth = 10
/** Columns of values give way to it, from the right. */
const leastNameWidth = 18

/** Exactly `height` lines of exactly `width` columns. */
const rankingBlock = ({ panel, window, rows }: Ranking, width: number, height: number): Line[] => {
  const shown = Math.min(panel.columns.length, Math.max(0, Math.floor((width - leastNameWidth) / valueWidth)))
  const nameWidth = width - shown * valueWidth
  const titles = panel.columns.slice(0, shown).map(({ title }) => right(title, valueWidth))
  const since = window === undefined ? 'no window yet' : window.slice(11, 16)
  const lines: Line[] = [
    [{ text: left(`${panel.title}  ${since}`, width), style: 'bold' }],
    [{ text: left(left(panel.dimension, nameWidth) + titles.join(''), width), style: 'dim' }],
    ...rows.slice(0, height - 2).map(({ name, values }): Line => {
      const numbers = values
        .slice(0, shown)
        .map((value) => right(value === undefined ? '-' : number(value), valueWidth))
      return [{ text: left(left(harmless(name), nameWidth - 1) + ' ' + numbers.join(''), width) }]
    }),
  ]
  while (lines.length < height) lines.push([{ text: ' '.repeat(width) }])
  return lines
}

const number = (value: number): string =>
  Number.isInteger(value) || Math.abs(value) >= 100 ? String(Math.round(value)) : value.toFixed(2)

const messageLines = (messages: readonly string[], rows: number): Line[] =>
  rows <= 0 ? [] : messages.slice(-rows).map((text): Line => [{ text: harmless(text), style: 'dim' }])
