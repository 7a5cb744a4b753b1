/** What every implementation of the LetterBodies port promises. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { ContainerClient } from '@azure/storage-blob'
import { startLake } from '../../local/lake/server.ts'
import { azureLetterBodies } from '../../shared/adapters/azure/letter-bodies.ts'
import { memoryLetterBodies } from '../../shared/adapters/memory/letter-bodies.ts'
import { RetryableError, TerminalError } from '../../shared/errors.ts'
import type { LetterBodies } from '../../shared/ports/letter-bodies.ts'
import { nextWrite } from '../support/next-write.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

interface BodiesSubject {
  readonly port: LetterBodies
  read(name: string): Promise<Buffer>
  close(): Promise<void>
}

const describeLetterBodies = (name: string, open: () => Promise<BodiesSubject>): void => {
  suite(`letter bodies in ${name}`, () => {
    let subject: BodiesSubject
    before(async () => {
      subject = await open()
    })
    after(() => subject.close())

    test('a body is stored byte for byte, and the same again changes nothing', async () => {
      const body = Buffer.alloc(1_048_576, 0xff)
      for (let i = 0; i < 2; i += 1) await subject.port.put('clickstream/2026-11-26/0/1-7', body)
      assert.ok((await subject.read('clickstream/2026-11-26/0/1-7')).equals(body))
    })

    test('what becomes of the bytes afterwards changes nothing', async () => {
      const body = Buffer.from('abc')
      await subject.port.put('x/2', body)
      body[0] = 0
      assert.equal((await subject.read('x/2')).toString(), 'abc')
    })
  })
}

describeLetterBodies('memory', () => {
  const port = memoryLetterBodies()
  return Promise.resolve({
    port,
    read: (name) => Promise.resolve(Buffer.from(port.stored.get(name)!)),
    close: () => Promise.resolve(),
  })
})

describeLetterBodies('the lake', async () => {
  const lake = await startLake({ directory: temporaryFolder(), port: 0 })
  const container = new ContainerClient(lake.connectionString, 'dead-letters')
  await container.create()
  return {
    port: azureLetterBodies(container),
    read: (name) => container.getBlobClient(name).downloadToBuffer(),
    close: () => lake.close(),
  }
})

test('a write that fails says whether trying again may help', async () => {
  const { faults, failNextWrite } = nextWrite(['letterBodies.put'])
  failNextWrite('before')
  await assert.rejects(memoryLetterBodies({ faults }).put('x', Buffer.from('a')), RetryableError)
  const lake = await startLake({ directory: temporaryFolder(), port: 0 })
  const missing = new ContainerClient(lake.connectionString, 'nowhere')
  await assert.rejects(azureLetterBodies(missing).put('x', Buffer.from('a')), TerminalError)
  await lake.close()
})
