import assert from 'node:assert/strict'
import { test } from 'node:test'
import { consoleOf } from '../../../local/run/console.ts'

const written = () => {
  let text = ''
  let at = 0
  const output = { write: (part: string) => (text += part) }
  return {
    ...consoleOf(output, () => at),
    text: () => text,
    wait: (ms: number) => {
      at += ms
    },
  }
}

test('without a terminal progress is told by plain lines, at most every five seconds', () => {
  const { say, showProgress, text, wait } = written()
  showProgress('10 %')
  say('one')
  wait(4_999)
  showProgress('20 %')
  wait(1)
  showProgress('30 %')
  showProgress('')
  assert.equal(text(), '10 %\none\n30 %\n')
})
