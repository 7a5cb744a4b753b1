import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { openScreen } from '../../../../local/run/terminal/screen.ts'
import { sampleMessages, sampleView } from '../../../support/terminal-view.ts'

/** A terminal that remembers what was written to it. */
class Recorded extends EventEmitter {
  readonly isTTY: boolean
  columns = 80
  rows = 24
  written = ''

  constructor(isTTY = true) {
    super()
    this.isTTY = isTTY
  }

  write(text: string): boolean {
    this.written += text
    return true
  }

  take(): string {
    const { written } = this
    this.written = ''
    return written
  }
}

const enter = '\u001B[?1049h\u001B[?25l'
const leave = '\u001B[?25h\u001B[?1049l'

test('without a terminal, or on a dumb one, there is no screen and nothing is written', () => {
  const pipe = new Recorded(false)
  assert.equal(openScreen(pipe, {}), undefined)
  const dumb = new Recorded()
  assert.equal(openScreen(dumb, { TERM: 'dumb' }), undefined)
  assert.deepEqual([pipe.written, dumb.written], ['', ''])
})

test('each view is drawn over the one before, in one piece, without clearing the screen first', () => {
  const terminal = new Recorded()
  const screen = openScreen(terminal, {})!
  assert.ok(terminal.take().startsWith(enter))
  for (const line of sampleMessages) screen.say(line)
  terminal.take()
  screen.show(sampleView)
  const drawn = terminal.take()
  assert.ok(drawn.startsWith('\u001B[H') && drawn.endsWith('\u001B[J'))
  assert.ok(!drawn.includes('\u001B[2J'))
  assert.equal(drawn.split('\r\n').length, 24)
  for (const line of drawn.split('\r\n').slice(0, -1)) assert.ok(line.endsWith('\u001B[K'))
  screen.close()
})

test('a resized terminal is drawn anew at its size', () => {
  const terminal = new Recorded()
  const screen = openScreen(terminal, {})!
  screen.show(sampleView)
  terminal.take()
  Object.assign(terminal, { columns: 60, rows: 10 }).emit('resize')
  assert.equal(terminal.take().split('\r\n').length, 10)
  screen.close()
})

test('closed, the terminal is as before, with everything that was said on it, once', () => {
  const terminal = new Recorded()
  const screen = openScreen(terminal, {})!
  screen.say('clickstream: verified, 7 windows')
  terminal.take()
  screen.close()
  assert.equal(terminal.take(), `${leave}clickstream: verified, 7 windows\n`)
  screen.close()
  screen.show(sampleView)
  terminal.emit('resize')
  assert.equal(terminal.take(), '')
  screen.say('after')
  assert.equal(terminal.take(), 'after\n')
})

test('NO_COLOR leaves only what moves the cursor', () => {
  const drawnWith = (environment: Record<string, string>): string => {
    const terminal = new Recorded()
    const screen = openScreen(terminal, environment)!
    screen.show(sampleView)
    screen.close()
    return terminal.written
  }
  const colour = /\u001B\[\d*m/
  assert.match(drawnWith({}), colour)
  assert.match(drawnWith({ NO_COLOR: '' }), colour)
  assert.doesNotMatch(drawnWith({ NO_COLOR: '1' }), colour)
})
