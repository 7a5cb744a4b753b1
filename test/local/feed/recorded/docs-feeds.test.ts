/** The examples and the tables of docs/feeds.md. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { recordFormats } from '../../../../local/feed/recorded/mapping.ts'
import { presets } from '../../../../local/feed/recorded/presets.ts'
import { readMapping } from '../../../../local/feed/recorded/read-mapping.ts'
import { units } from '../../../../local/feed/recorded/units.ts'
import { usage } from '../../../../local/run/options.ts'
import { descriptionOf } from '../support.ts'
import { eventsOf, feedOf, fieldsOf, writeFiles } from './support.ts'

const page = readFileSync(new URL('../../../../docs/feeds.md', import.meta.url), 'utf8')

interface Example {
  readonly file: string
  readonly content: string
  mapping: string | object | undefined
  readonly events: unknown[]
}

/** A block with `file=` begins an example; those with `mapping` and `event` belong to it. */
const examples = (): Example[] => {
  const found: Example[] = []
  for (const [, words = '', content = ''] of page.matchAll(/^```\w+ (.+)\n([\s\S]*?)^```$/gm)) {
    const [, file, preset] = /^file=(\S+)(?: preset=(\S+))?$/.exec(words) ?? []
    if (file !== undefined) found.push({ file, content, mapping: preset, events: [] })
    else if (words === 'mapping') found.at(-1)!.mapping = JSON.parse(content) as object
    else if (words === 'event') found.at(-1)!.events.push(JSON.parse(content))
  }
  return found
}

test('the page has examples with and without a preset', () => {
  assert.deepEqual(
    examples().map(({ file, events }) => [file, events.length]),
    [
      ['pumps.csv', 2],
      ['readings.ndjson', 1],
      ['nyc_taxi.csv', 1],
    ],
  )
})

for (const { file, content, mapping, events } of examples()) {
  test(`the records of ${file} become the events that the page shows`, async () => {
    const paths = writeFiles({ [file]: content })
    const items = await Array.fromAsync(feedOf({ stream: descriptionOf('telemetry'), paths, mapping }).items)
    assert.deepEqual(eventsOf(items).map(fieldsOf), events)
  })
}

test('the page knows every format, preset, unit and field of a mapping, and no other preset', () => {
  const read = readMapping({ x: 1 }, descriptionOf('telemetry'))
  assert.ok('problems' in read)
  const fields = read.problems[0]!.replace(/^.*expected one of /, '').split(', ')
  assert.ok(fields.length > 5)
  for (const name of [...recordFormats, ...Object.keys(presets), ...Object.keys(units), ...fields]) {
    assert.ok(page.includes(`\`${name}\``), name)
  }
})

test('the commands of the page use options and presets that there are', () => {
  const commands = page.split('\n').filter((line) => line.startsWith('npm start -- '))
  assert.ok(commands.length > 3)
  for (const command of commands) {
    for (const [option] of command.matchAll(/--[a-z-]+/g)) assert.ok(usage.includes(option), option)
    for (const [, name = ''] of command.matchAll(/--mapping (\S+)/g)) {
      assert.ok(Object.hasOwn(presets, name) || name.endsWith('.json'), name)
    }
  }
})
