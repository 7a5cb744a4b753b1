import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseOptions, runName, type RunOptions } from '../../../local/run/options.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { descriptionOf } from '../feed/support.ts'

const streams = [descriptionOf('clickstream'), descriptionOf('telemetry')]
const folder = temporaryFolder()
const file = (name: string, content: string | object = ''): string => {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const parsed = (...args: string[]): RunOptions => {
  const result = parseOptions(args, streams)
  assert.ok('options' in result, JSON.stringify(result))
  return result.options
}

const problems = (...args: string[]): readonly string[] => {
  const result = parseOptions(args, streams)
  return 'problems' in result ? result.problems : []
}

const log = file('access.log')
const series = file('series.csv')
const mapping = { time: { field: 't', format: 'iso' } }

test('the same command names the same state, another one another', () => {
  const [one, other] = [file('one.json', mapping), file('other.json', { ...mapping, source: { constant: 'x' } })]
  const names = [
    parsed('--for', '20s', '--seed', '7'),
    parsed('--for', '20s', '--seed', '8'),
    parsed('--for', '21s', '--seed', '7'),
    parsed('--for', '20s', '--seed', '7', '--keep-all'),
    parsed('--for', '20s', '--seed', '7', '--chaos'),
    parsed('--feed', `clickstream=${log}`),
    parsed('--feed', `clickstream=${log}`, '--shift-to-now'),
    parsed('--feed', `clickstream=${log}`, '--speed', '60'),
    parsed('--feed', `clickstream=${log}`, '--feed', `telemetry=${series}`),
    parsed('--feed', `telemetry=${series}`),
    parsed('--feed', `telemetry=${series}`, '--mapping', 'nab'),
    parsed('--feed', `telemetry=${series}`, '--mapping', one),
    parsed('--feed', `telemetry=${series}`, '--mapping', other),
  ].map(runName)
  assert.equal(new Set(names).size, names.length)
  assert.equal(runName(parsed('--for', '20000ms', '--seed', '7')), names[0])
  assert.equal(runName(parsed('--feed', `clickstream=${log}`, '--speed', '30')), names[7])
  assert.equal(runName(parsed('--rate', '5')), undefined)
})

test('options that do not go together are named', () => {
  assert.deepEqual(problems('--for', '20s', '--feed', `clickstream=${log}`), [
    '--for: expected without --feed: a recording ends by itself',
  ])
  const needsTime = ['--chaos: expected together with --for of at least 20s']
  assert.deepEqual([problems('--chaos'), problems('--chaos', '--for', '5s')], [needsTime, needsTime])
  assert.deepEqual(problems('--report', 'x'), [
    '--report: expected together with --for or --feed: only a run that ends has a report',
  ])
  assert.deepEqual(problems('--shift-to-now'), [
    '--shift-to-now: expected together with --feed: generated events are of now already',
  ])
  assert.match(problems('--colour', 'red')[0]!, /Unknown option '--colour'/)
})

test('a feed has to be an existing file of a stream, given once, whose format is known', () => {
  assert.deepEqual(
    problems('--feed', 'clickstream=/nowhere/at.all', '--feed', 'x=y', '--feed', `telemetry=${folder}`),
    [
      '--feed: expected an existing file, found none at /nowhere/at.all',
      '--feed: expected <stream>=<path> with a stream of clickstream, telemetry, got "x=y"',
      `--feed: expected an existing file, found none at ${folder}`,
    ],
  )
  assert.deepEqual(problems('--feed', `telemetry=${series}`, '--feed', `telemetry=${series}`), [
    `--feed: expected each file once, got ${series} again for telemetry`,
  ])
  const strange = file('series.dat')
  assert.deepEqual(problems('--feed', `telemetry=${strange}`), [
    `--feed: expected a name that ends in .csv, .ndjson, .jsonl, .json or .log (then .gz), or a mapping with a format, for ${strange}`,
  ])
  const { feeds } = parsed(
    '--feed',
    `telemetry=${strange}`,
    '--mapping',
    file('m.json', { ...mapping, format: 'ndjson' }),
  )
  assert.equal(feeds[0]!.format, 'ndjson')
})

test('the name of a file tells its format, compressed or not', () => {
  const formats = ['a.csv', 'a.CSV.gz', 'a.ndjson', 'a.jsonl.gz', 'a.json', 'a.b.json.gz'].map(
    (name) => parsed('--feed', `telemetry=${file(name)}`).feeds[0]!.format,
  )
  assert.deepEqual(formats, ['csv', 'csv', 'ndjson', 'ndjson', 'json', 'json'])
  assert.equal(parsed('--feed', `clickstream=${log}`).feeds[0]!.format, 'access-log')
})

test('a mapping belongs to the stream that it names, or to the only one that is fed', () => {
  const both = ['--feed', `clickstream=${log}`, '--feed', `telemetry=${series}`]
  const { feeds } = parsed(...both, '--mapping', 'telemetry=nab')
  assert.deepEqual(
    feeds.map(({ stream, mapping: { key } }) => [stream, key]),
    [
      ['clickstream', 'source'],
      ['telemetry', 'file'],
    ],
  )
  assert.deepEqual(problems(...both, '--mapping', 'nab'), [
    '--mapping: expected <stream>=<preset or file> with a stream that is fed, got "nab"',
  ])
  assert.deepEqual(problems('--feed', `telemetry=${series}`, '--mapping', 'clickstream=nab'), [
    '--mapping: expected <stream>=<preset or file> with a stream that is fed, got "clickstream=nab"',
  ])
  assert.deepEqual(problems('--feed', `telemetry=${series}`, '--mapping', 'nab', '--mapping', 'telemetry=nab'), [
    '--mapping: expected one for the stream telemetry, got another "telemetry=nab"',
  ])
  assert.deepEqual(problems('--mapping', 'nab'), [
    '--mapping: expected <stream>=<preset or file> with a stream that is fed, got "nab"',
  ])
})

test('a mapping that is none, or does not fit the stream, is named with all that is wrong in it', () => {
  const feed = ['--feed', `telemetry=${series}`, '--mapping']
  assert.deepEqual(problems(...feed, 'nob'), [
    '--mapping: expected a preset (access-log, nab, sensor-boards) or an existing file, found none at nob',
  ])
  const broken = file('broken.json', '{')
  assert.deepEqual(problems(...feed, broken), [`--mapping: expected JSON in ${broken}`])
  const wrong = file('wrong.json', { time: { field: 't', format: 'noon' }, key: 'x' })
  assert.deepEqual(problems(...feed, wrong), [
    `--mapping ${wrong}: time.format: expected iso, epoch-s, epoch-ms, or a pattern with the day such as yyyy-MM-dd HH:mm:ss, got "noon"`,
    `--mapping ${wrong}: key: expected source, file, got "x"`,
  ])
  assert.match(
    problems('--feed', `telemetry=${log}`)[0]!,
    /^--mapping access-log: fields.userId: expected a field of tele/,
  )
})

test('files of the same name are told apart by their folders', () => {
  const paths = ['x/a.csv', 'y/a.csv', 'y/b.csv', 'y/ca.csv'].map((name) => file(name))
  const { feeds } = parsed(...paths.flatMap((path) => ['--feed', `telemetry=${path}`]))
  assert.deepEqual(
    feeds.map(({ label }) => label),
    ['x/a.csv', 'y/a.csv', 'b.csv', 'ca.csv'],
  )
})
