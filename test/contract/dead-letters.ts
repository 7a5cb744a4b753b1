/** What every implementation of the DeadLetters port promises. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { DeadLetterDocument } from '../../shared/contracts/state-documents.ts'
import { RetryableError } from '../../shared/errors.ts'
import type { DeadLetters } from '../../shared/ports/dead-letters.ts'
import { own, type Subject } from './subject.ts'

export interface DeadLettersSubject extends Subject<DeadLetters> {
  /** Everything stored, in any order. */
  stored(): Promise<readonly DeadLetterDocument[]>
}

export const describeDeadLetters = (name: string, open: () => Promise<DeadLettersSubject>): void => {
  suite(`dead letters in ${name}`, () => {
    let subject: DeadLettersSubject
    before(async () => {
      subject = await open()
    })
    after(() => subject.close())

    const storedOf = async (stream: string): Promise<DeadLetterDocument[]> =>
      (await subject.stored())
        .filter((letter) => letter.stream === stream)
        .map(own)
        .sort((a, b) => (`${a.day}${a.id}` < `${b.day}${b.id}` ? -1 : 1))

    test('a letter is stored as it is', async () => {
      const letter = aLetter('whole', 7, {
        properties: { source: 'Zürich', attempt: 3 },
        partitionKey: 'k/1',
        body: Buffer.from([0, 255, 10]).toString('base64'),
      })
      await subject.port.put(letter)
      assert.deepEqual(await storedOf('whole'), [letter])
    })

    test('the same letter again changes nothing', async () => {
      const letter = aLetter('again', 1)
      await subject.port.put(letter)
      await subject.port.put(letter)
      await Promise.all([subject.port.put(letter), subject.port.put(letter)])
      assert.deepEqual(await storedOf('again'), [letter])
    })

    test('letters of other streams and days are other letters', async () => {
      const letters = [
        aLetter('one', 1),
        aLetter('one', 1, { day: '2026-01-02', enqueuedAt: '2026-01-02T00:00:00.000Z' }),
        aLetter('one', 2),
      ]
      for (const letter of [...letters, { ...letters[0]!, stream: 'two' }]) await subject.port.put(letter)
      assert.deepEqual(await storedOf('one'), [letters[0], letters[2], letters[1]])
      assert.equal((await storedOf('two')).length, 1)
    })

    test('a letter whose answer was lost can be put again', async () => {
      for (const when of ['before', 'after'] as const) {
        const letter = aLetter(`lost-${when}`, 1)
        subject.failNextWrite(when)
        await assert.rejects(subject.port.put(letter), RetryableError)
        assert.equal((await storedOf(`lost-${when}`)).length, when === 'before' ? 0 : 1)
        await subject.port.put(letter)
        assert.deepEqual(await storedOf(`lost-${when}`), [letter])
      }
    })
  })
}

const aLetter = (stream: string, sequence: number, fields: Partial<DeadLetterDocument> = {}): DeadLetterDocument => ({
  id: `${stream}:live:0:${sequence}`,
  stream,
  day: '2026-01-01',
  partition: '0',
  schemaVersion: 1,
  sequence,
  enqueuedAt: '2026-01-01T12:00:00.000Z',
  properties: {},
  body: '//4=',
  step: 'decode',
  reason: 'malformed',
  detail: 'The body is not JSON.',
  ...fields,
})
