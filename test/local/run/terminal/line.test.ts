import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cut, cutLine, harmless, left, right } from '../../../../local/run/terminal/line.ts'
import { sparkline } from '../../../../local/run/terminal/sparkline.ts'

test('a text that fits stays, one that does not ends in an ellipsis', () => {
  assert.deepEqual([cut('abc', 3), cut('abcd', 3), cut('abcd', 1), cut('abcd', 0)], ['abc', 'ab…', '…', ''])
})

test('a character of two columns is not cut in half: the place stays blank', () => {
  assert.deepEqual([cut('咖啡机', 6), cut('咖啡机', 5), cut('咖啡机', 4)], ['咖啡机', '咖啡…', '咖…'])
  assert.equal(left('咖啡机', 4), '咖… ')
  assert.equal(right('咖啡机', 8), '  咖啡机')
})

test('a character of many code points stays whole', () => {
  const family = '👩‍👩‍👧‍👦'
  assert.equal(cut(`${family}${family}`, 3), `${family}…`)
  assert.equal(cut('e\u0301e\u0301e\u0301', 2), 'e\u0301…')
})

test('spans are cut where the line ends, and keep their styles', () => {
  const line = [{ text: 'ab', style: 'red' }, { text: 'cdef' }, { text: 'gh' }] as const
  assert.deepEqual(cutLine(line, 8), line)
  assert.deepEqual(cutLine(line, 5), [{ text: 'ab', style: 'red' }, { text: 'cd…' }])
  assert.deepEqual(cutLine(line, 2), [{ text: 'ab', style: 'red' }])
})

test('what would steer the terminal is a dot', () => {
  assert.equal(harmless('a\u001B[2Jb\nc\u202Ed\u0007'), 'a·[2Jb·c·d·')
})

test('a sparkline runs from zero to the greatest value, the newest on the right', () => {
  assert.equal(sparkline([0, 50, 100], 5), '  ▁▅█')
  assert.equal(sparkline([1, 2, 3, 4], 2), '▆█')
  assert.deepEqual(
    [sparkline([], 3), sparkline([0, 0], 2), sparkline([1], 0), sparkline([1], -5)],
    ['   ', '▁▁', '', ''],
  )
})
