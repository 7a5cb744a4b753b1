/** What of the served windows stands on the screen: the groups that lead in the latest window. */
import type { RollupAnswer, ServedGroup } from '../../../shared/contracts/api.ts'
import type { ServedMetric } from '../../../shared/contracts/served-metric.ts'

interface Column {
  readonly title: string
  readonly metric: string
}

export interface Panel {
  readonly title: string
  readonly stream: string
  readonly rollup: string
  readonly dimension: string
  readonly columns: readonly Column[]
  /** By these metrics, the greatest first; the next one where the one before is equal. */
  readonly order: readonly string[]
}

export const panels: readonly Panel[] = [
  {
    title: 'hottest pages',
    stream: 'clickstream',
    rollup: 'pages',
    dimension: 'page',
    columns: [
      { title: 'views', metric: 'views' },
      { title: 'visitors', metric: 'visitors' },
      { title: 'p95 ms', metric: 'loadMs' },
    ],
    order: ['views', 'visitors'],
  },
  {
    title: 'sickest devices',
    stream: 'telemetry',
    rollup: 'devices',
    dimension: 'deviceId',
    columns: [
      { title: 'faults', metric: 'faults' },
      { title: 'vibration', metric: 'wildest' },
      { title: '°C', metric: 'hottest' },
    ],
    order: ['faults', 'wildest'],
  },
]

export interface Ranking {
  readonly panel: Panel
  /** Start of the window, ISO 8601; undefined before the first. */
  readonly window: string | undefined
  readonly rows: readonly { readonly name: string; readonly values: readonly (number | undefined)[] }[]
}

const mostRows = 30
/** What groups beyond a rollup's limit are counted in. */
const overflow = '__other__'

/** Of the latest of these windows. */
export const rank = (panel: Panel, answers: readonly RollupAnswer[]): Ranking => {
  const latest = answers.flatMap(({ windows }) => windows).at(-1)
  const groups = (latest?.groups ?? []).filter(({ key }) => key[panel.dimension] !== overflow)
  return {
    panel,
    window: latest?.start,
    rows: groups
      .toSorted((a, b) => compare(a, b, panel.order))
      .slice(0, mostRows)
      .map(({ key, metrics }) => ({
        name: key[panel.dimension] ?? '',
        values: panel.columns.map(({ metric }) => numberOf(metrics[metric])),
      })),
  }
}

const compare = (a: ServedGroup, b: ServedGroup, order: readonly string[]): number => {
  for (const metric of order) {
    const difference = (numberOf(b.metrics[metric]) ?? -Infinity) - (numberOf(a.metrics[metric]) ?? -Infinity)
    if (difference > 0 || difference < 0) return difference
  }
  return 0
}

const numberOf = (metric: ServedMetric | undefined): number | undefined => {
  if (typeof metric === 'number') return metric
  if (typeof metric !== 'object' || metric === null) return undefined
  if ('estimate' in metric) return metric.estimate
  if ('p95' in metric) return metric.p95
  return typeof metric.value === 'number' ? metric.value : undefined
}
