/** What every implementation of the Control port promises. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { AuditDocument, TimelineDocument } from '../../shared/contracts/control-documents.ts'
import { RetryableError } from '../../shared/errors.ts'
import type { Control } from '../../shared/ports/control.ts'
import { own, type Subject } from './subject.ts'

export const describeControl = (name: string, open: () => Promise<Subject<Control>>): void => {
  suite(`control documents in ${name}`, () => {
    let subject: Subject<Control>
    before(async () => {
      subject = await open()
    })
    after(() => subject.close())

    test('what was never written is not there', async () => {
      assert.equal(await subject.port.read('none', 'timeline', 'timeline'), undefined)
      assert.deepEqual(await subject.port.list('none', 'audit'), [])
    })

    test('a document is read as it was written, in its own stream and as its own kind', async () => {
      const { port } = subject
      const timeline = aTimeline('kinds', 1)
      assert.equal(await port.write(timeline, undefined), 'written')
      assert.deepEqual(own((await port.read('kinds', 'timeline', 'timeline'))!.value), timeline)
      assert.equal(await port.read('kinds', 'replay', 'timeline'), undefined)
      assert.equal(await port.read('others', 'timeline', 'timeline'), undefined)
    })

    test('a list holds all documents of one kind and stream, by id', async () => {
      const { port } = subject
      await port.write(aTimeline('list', 0), undefined)
      const ids = Array.from({ length: 30 }, (_, i) => `audit:${String(i).padStart(2, '0')}`)
      for (const id of ids.toReversed()) await port.write(anAudit('list', id), undefined)
      await port.write(anAudit('another', 'audit:99'), undefined)
      assert.deepEqual(
        (await port.list('list', 'audit')).map(own),
        ids.map((id) => anAudit('list', id)),
      )
    })

    test('a document that exists is not created again', async () => {
      const { port } = subject
      assert.equal(await port.write(aTimeline('twice', 1), undefined), 'written')
      assert.equal(await port.write(aTimeline('twice', 2), undefined), 'conflict')
      assert.deepEqual(own((await port.read('twice', 'timeline', 'timeline'))!.value), aTimeline('twice', 1))
    })

    test('a document that somebody has changed since it was read is not overwritten', async () => {
      const { port } = subject
      await port.write(aTimeline('changed', 1), undefined)
      const { etag } = (await port.read('changed', 'timeline', 'timeline'))!
      assert.equal(await port.write(aTimeline('changed', 2), etag), 'written')
      assert.equal(await port.write(aTimeline('changed', 3), etag), 'conflict')
      assert.equal(await port.write(aTimeline('absent', 3), etag), 'conflict')
      assert.deepEqual(own((await port.read('changed', 'timeline', 'timeline'))!.value), aTimeline('changed', 2))
    })

    test('of two that write on the same reading one is told so', async () => {
      const { port } = subject
      await port.write(aTimeline('race', 1), undefined)
      const { etag } = (await port.read('race', 'timeline', 'timeline'))!
      const answers = await Promise.all([2, 3].map((claims) => port.write(aTimeline('race', claims), etag)))
      assert.deepEqual(answers.toSorted(), ['conflict', 'written'])
    })

    test('a write whose answer was lost shows when it is read, and cannot be done twice', async () => {
      const { port } = subject
      for (const when of ['before', 'after'] as const) {
        subject.failNextWrite(when)
        await assert.rejects(port.write(aTimeline(when, 1), undefined), RetryableError)
        const stored = await port.read(when, 'timeline', 'timeline')
        assert.equal(stored !== undefined, when === 'after')
        assert.equal(await port.write(aTimeline(when, 1), undefined), when === 'before' ? 'written' : 'conflict')
        const { etag } = (await port.read(when, 'timeline', 'timeline'))!
        subject.failNextWrite(when)
        await assert.rejects(port.write(aTimeline(when, 2), etag), RetryableError)
        assert.equal(await port.write(aTimeline(when, 2), etag), when === 'before' ? 'written' : 'conflict')
        assert.equal((await port.read(when, 'timeline', 'timeline'))?.value.claims.length, 2)
      }
    })
  })
}

const aTimeline = (stream: string, claims: number): TimelineDocument => ({
  id: 'timeline',
  stream,
  kind: 'timeline',
  schemaVersion: 1,
  ranges: [{ from: 0, to: 60_000, rollups: ['pages@1'], generation: 'a', since: '2026-01-01T00:00:00.000Z' }],
  claims: Array.from({ length: claims }, (_, i) => ({ from: i * 60_000, to: (i + 1) * 60_000, replay: `replay-${i}` })),
})

const anAudit = (stream: string, id: string): AuditDocument => ({
  id,
  stream,
  kind: 'audit',
  schemaVersion: 1,
  at: '2026-01-01T00:00:00.000Z',
  action: 'replay.promote',
  target: 'Zürich',
  request: { nested: [{ value: 1.5 }] },
  caller: null,
})
