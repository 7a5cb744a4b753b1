import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consoleOf } from '../../../local/run/console.ts'

const written = (isTTY: boolean, columns = 80) => {
  let text = ''
  let at = 0
  const output = { write: (part: string) => (text += part), isTTY, columns }
  return {
    ...consoleOf(output, () => at),
    text: () => text.replaceAll('\r\u001b[K', '<clear>'),
    wait: (ms: number) => {
      at += ms
    },
  }
}

test('in a terminal a shown line is replaced by the next and stays below the lines that are said', () => {
  const { say, show, text } = written(true)
  say('one')
  show('10 %')
  show('20 %')
  say('two')
  show('')
  show('')
  say('three')
  assert.equal(text(), 'one\n<clear>10 %<clear>20 %<clear>two\n20 %<clear>three\n')
})

test('in a terminal a shown line is cut to its width', () => {
  const { show, text } = written(true, 10)
  show('0123456789abc')
  assert.equal(text(), '<clear>012345678')
})

test('without a terminal shown lines are plain ones, at most every five seconds', () => {
  const { say, show, text, wait } = written(false)
  show('10 %')
  say('one')
  wait(4_999)
  show('20 %')
  wait(1)
  show('30 %')
  show('')
  assert.equal(text(), '10 %\none\n30 %\n')
})
