/**
 * `npm run bench`: what an event costs. The last line is one JSON object with the ratios and costs that have a goal; the
 * exit code is 1 if one of them is missed.
 */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { measureAllocation } from './allocation.ts'
import { batchSize, devices, partitions } from './events.ts'
import type { measureRequestUnits } from './request-units.ts'
import type { measureTime } from './time.ts'

/** At most: fold over JSON.parse of the same buffers, and request units an event. */
const goals = { timeRatio: 1.5, ruPerEvent: 0.15 }

const measure = <T>(benchmark: string, flags: readonly string[] = []): Promise<T> =>
  new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'measure.ts'), [benchmark], { execArgv: [...flags] })
    child.once('message', (result) => {
      resolve(result as T)
    })
    child.once('exit', (code) => {
      reject(new Error(`The benchmark ${benchmark} ended with ${code} before it had measured anything.`))
    })
  })

const time = await measure<ReturnType<typeof measureTime>>('time')
const allocation = await measure<ReturnType<typeof measureAllocation>>('allocation', [
  '--max-semi-space-size=512',
  '--min-semi-space-size=512',
])
const requestUnits = await measure<Awaited<ReturnType<typeof measureRequestUnits>>>('requestUnits')

const streams = Object.keys(time)
console.log(`${devices} devices, ${partitions} partitions, ${batchSize} events a batch`)
for (const stream of streams) {
  const { foldNs, parseNs, ratio } = time[stream]!
  const { foldBytes, parseBytes } = allocation[stream]!
  const { ruPerEvent, ruPerCommit, publishRuPerEvent, publishRuPerWindow } = requestUnits[stream]!
  console.log(`${stream}`)
  console.log(
    `  bytes to chunk    ${Math.round(foldNs)} ns an event; JSON.parse ${Math.round(parseNs)} ns; ratio ${ratio.toFixed(2)}`,
  )
  console.log(`  allocated         ${Math.round(foldBytes)} bytes an event; JSON.parse ${Math.round(parseBytes)} bytes`)
  console.log(
    `  ingest            ${ruPerEvent.toFixed(3)} RU an event, ${ruPerCommit.toFixed(0)} RU a commit (modelled by the local Cosmos DB)`,
  )
  console.log(
    `  publishing        ${publishRuPerEvent.toFixed(3)} RU an event, ${publishRuPerWindow.toFixed(0)} RU each time that a window is published`,
  )
}

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000
const results = Object.fromEntries(
  streams.map((stream) => [
    stream,
    {
      timeRatio: rounded(time[stream]!.ratio),
      allocationRatio: rounded(allocation[stream]!.ratio),
      ruPerEvent: rounded(requestUnits[stream]!.ruPerEvent),
      publishRuPerEvent: rounded(requestUnits[stream]!.publishRuPerEvent),
    },
  ]),
)
const missed = streams.flatMap((stream) =>
  (Object.keys(goals) as (keyof typeof goals)[])
    .filter((goal) => results[stream]![goal] > goals[goal])
    .map((goal) => `${stream} ${goal}: ${results[stream]![goal]}, goal at most ${goals[goal]}`),
)
for (const miss of missed) console.log(`missed  ${miss}`)
console.log(JSON.stringify({ ...results, goals, missed: missed.length }))
process.exitCode = missed.length === 0 ? 0 : 1
