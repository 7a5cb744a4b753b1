/**
 * `npm run test:chaos`: runs with everything going wrong, seed after seed; stops at the first that is not verified.
 * `--seeds 20` how many, `--first 1` the first of them, `--record` writes what came out into docs/chaos.md.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { RunReport } from '../local/run/report.ts'

const root = join(import.meta.dirname, '..')
const feed = ['--for', '20s', '--rate', '500', '--chaos']

const wholeNumber = (name: string, text: string): number => {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  console.error(`--${name}: expected a whole number from 1 to 999999, got ${JSON.stringify(text)}`)
  process.exit(1)
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    first: { type: 'string', default: '1' },
    record: { type: 'boolean', default: false },
  },
})
const first = wholeNumber('first', values.first)
const seeds = Array.from({ length: wholeNumber('seeds', values.seeds) }, (_, i) => first + i)

const folder = mkdtempSync(join(tmpdir(), 'millrace-chaos-'))
process.on('exit', () => {
  rmSync(folder, { recursive: true, force: true })
})

const runSeed = async (seed: number): Promise<RunReport> => {
  const path = join(folder, `${seed}.json`)
  const state = join(folder, `${seed}`)
  const args = [...feed, '--seed', String(seed), '--state', state, '--report', path]
  const child = spawn(process.execPath, [join(root, 'local', 'start.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      output += text.toString()
    })
  }
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  if (code !== 0) {
    // What the services said is kept: it tells why.
    const kept = mkdtempSync(join(tmpdir(), `millrace-chaos-seed-${seed}-`))
    writeFileSync(join(kept, 'output.txt'), output)
    console.error(
      `Seed ${seed} ended with ${code}: npm start -- ${args.slice(0, -4).join(' ')}\nIts output: ${kept}/output.txt`,
    )
    console.error(output.split('\n').slice(-12).join('\n'))
    process.exit(1)
  }
  rmSync(state, { recursive: true, force: true })
  return JSON.parse(readFileSync(path, 'utf8')) as RunReport
}

const header = [
  '| seed | went wrong | events sent | accepted | duplicate | late | filtered | dead | lost | windows compared | differences |',
  '| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
]

const rowOf = (seed: number, { chaos, streams }: RunReport): string => {
  const all = Object.values(streams)
  const sum = (count: (stream: (typeof all)[number]) => number): number =>
    all.reduce((total, stream) => total + count(stream), 0)
  const outcomes = (['accepted', 'duplicate', 'late', 'filtered', 'dead', 'lost'] as const).map((outcome) =>
    sum(({ ledger }) => ledger[outcome]),
  )
  const compared = [sum(({ windowsCompared }) => windowsCompared), sum(({ mismatches }) => mismatches)]
  return `| ${[seed, chaos.length, sum(({ sent }) => sent), ...outcomes, ...compared].join(' | ')} |`
}

const rows: string[] = []
for (const line of header) console.log(line)
for (const seed of seeds) {
  const row = rowOf(seed, await runSeed(seed))
  rows.push(row)
  console.log(row)
}
console.log(`${seeds.length} seeds in a row verified`)

if (values.record) {
  const page = join(root, 'docs', 'chaos.md')
  const marks = ['<!-- record: npm run test:chaos -- --record -->', '<!-- end of record -->'] as const
  const [before = '', rest = ''] = readFileSync(page, 'utf8').split(marks[0])
  const after = rest.split(marks[1])[1] ?? ''
  writeFileSync(page, [before + marks[0], '', ...header, ...rows, '', marks[1] + after].join('\n'))
}
