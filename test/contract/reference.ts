/** What every implementation of the Reference port promises. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { ReferenceVersionDocument } from '../../shared/contracts/reference-documents.ts'
import { RetryableError, TerminalError } from '../../shared/errors.ts'
import type { Reference } from '../../shared/ports/reference.ts'
import type { Subject } from './subject.ts'

export const describeReference = (name: string, open: () => Promise<Subject<Reference>>): void => {
  suite(`reference data in ${name}`, () => {
    let subject: Subject<Reference>
    before(async () => {
      subject = await open()
    })
    after(() => subject.close())

    test('before the first version there is none', async () => {
      assert.equal(await subject.port.newest('none'), undefined)
      await assert.rejects(subject.port.load('none', 1), TerminalError)
    })

    test('a version exists once it is created, and holds all its parts', async () => {
      const { port } = subject
      await port.putPart('two', 'aa', 0, [{ id: 'a', site: 'Zürich', floor: 3, on: true }])
      await port.putPart('two', 'aa', 1, [{ id: 'b' }])
      assert.equal(await port.newest('two'), undefined)
      assert.equal(await port.createVersion(aVersion('two', 1, 'aa', 2)), 'created')
      assert.deepEqual(
        [...(await port.load('two', 1))],
        [
          ['a', { id: 'a', site: 'Zürich', floor: 3, on: true }],
          ['b', { id: 'b' }],
        ],
      )
    })

    test('the newest is the one with the highest number, and the older ones stay as they are', async () => {
      const { port } = subject
      for (let version = 1; version <= 11; version += 1) {
        await port.putPart('many', `hash${version}`, 0, [{ id: 'a', version }])
        await port.createVersion(aVersion('many', version, `hash${version}`, 1))
      }
      assert.equal((await port.newest('many'))?.version, 11)
      assert.equal((await port.load('many', 9)).get('a')?.['version'], 9)
      assert.equal((await port.newest('none'))?.version, undefined, 'other kinds have versions of their own')
    })

    test('of two that create the same version one is told so', async () => {
      const { port } = subject
      const answers = await Promise.all([
        port.createVersion(aVersion('race', 1, 'aa', 0)),
        port.createVersion(aVersion('race', 1, 'bb', 0)),
      ])
      assert.deepEqual(answers.toSorted(), ['conflict', 'created'])
    })

    test('a write whose answer was lost can be tried again', async () => {
      const { port } = subject
      for (const when of ['before', 'after'] as const) {
        subject.failNextWrite(when)
        await assert.rejects(port.putPart(when, 'aa', 0, [{ id: 'a' }]), RetryableError)
        await port.putPart(when, 'aa', 0, [{ id: 'a' }])
        subject.failNextWrite(when)
        await assert.rejects(port.createVersion(aVersion(when, 1, 'aa', 1)), RetryableError)
        const again = await port.createVersion(aVersion(when, 1, 'aa', 1))
        assert.equal(again, when === 'before' ? 'created' : 'conflict')
        assert.deepEqual([...(await port.load(when, 1)).keys()], ['a'])
      }
    })
  })
}

const aVersion = (kind: string, version: number, hash: string, parts: number): ReferenceVersionDocument => ({
  id: `v${version}`,
  kind,
  schemaVersion: 1,
  version,
  hash,
  parts,
  records: parts,
  publishedAt: '2026-01-01T00:00:00.000Z',
})
