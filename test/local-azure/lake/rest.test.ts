/** What clients other than the SDKs may send, signed by an address. */
import { ContainerSASPermissions } from '@azure/storage-blob'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { serve } from './serve.ts'
import { allPaths, put, temporaryDirectory, testFileSystem, textOf, type TestFileSystem } from './support.ts'

interface RestWorld extends TestFileSystem {
  /** The address of a path, signed. */
  readonly signed: (path: string, query?: string) => string
}

const restWorld = async (t: TestContext): Promise<RestWorld> => {
  const world = await testFileSystem(t)
  const url = await world.container.generateSasUrl({
    expiresOn: new Date(Date.now() + 600_000),
    permissions: ContainerSASPermissions.parse('racwdl'),
  })
  const [address, sas] = url.split('?')
  return { ...world, signed: (path, query = '') => `${address}${path}?${query}&${sas}` }
}

test('an answer has its own number, repeats that of the client, and speaks the version that was asked for', async (t) => {
  const { signed } = await restWorld(t)
  const headers = { 'x-ms-version': '2021-12-02', 'x-ms-client-request-id': 'mine' }
  for (const path of ['/none', '']) {
    const answer = await fetch(signed(path, path === '' ? 'restype=container' : ''), { headers })
    assert.equal(answer.headers.get('x-ms-version'), '2021-12-02')
    assert.equal(answer.headers.get('x-ms-client-request-id'), 'mine')
    assert.match(answer.headers.get('x-ms-request-id')!, /^[\da-f-]{36}$/)
  }
  const wrong = await fetch(signed('/none'), { headers: { 'x-ms-version': 'latest' } })
  assert.deepEqual([wrong.status, wrong.headers.get('x-ms-error-code')], [400, 'InvalidHeaderValue'])
})

test('errors are XML in the blob interface, JSON in the Data Lake interface, and a header where there is no body', async (t) => {
  const { signed } = await restWorld(t)
  const blob = await fetch(signed('/none'))
  assert.deepEqual([blob.status, blob.headers.get('content-type')], [404, 'application/xml'])
  assert.match(
    await blob.text(),
    /^<\?xml version="1.0" encoding="utf-8"\?><Error><Code>BlobNotFound<\/Code><Message>The specified blob does not exist.\nRequestId:[\da-f-]{36}\nTime:[\dTZ:.-]+<\/Message><\/Error>$/,
  )
  const path = await fetch(signed('/none', 'recursive=true'), { method: 'DELETE' })
  assert.deepEqual([path.status, path.headers.get('content-type')], [404, 'application/json;charset=utf-8'])
  const { error } = (await path.json()) as { error: { code: string; message: string } }
  assert.deepEqual([error.code, error.message.split('\n')[0]], ['PathNotFound', 'The specified path does not exist.'])
  const head = await fetch(signed('/none'), { method: 'HEAD' })
  assert.deepEqual([head.status, head.headers.get('x-ms-error-code'), await head.text()], [404, 'BlobNotFound', ''])
})

test('a file system is handled by the Data Lake interface as well', async (t) => {
  const { signed, fileSystem } = await restWorld(t)
  const again = await fetch(signed('', 'resource=filesystem'), { method: 'PUT' })
  assert.deepEqual([again.status, again.headers.get('x-ms-error-code')], [409, 'FilesystemAlreadyExists'])
  const found = await fetch(signed('', 'resource=filesystem'), { method: 'HEAD' })
  assert.deepEqual([found.status, found.headers.get('x-ms-namespace-enabled')], [200, 'true'])
  assert.equal((await fetch(signed('', 'resource=filesystem'), { method: 'DELETE' })).status, 202)
  assert.equal(await fileSystem.exists(), false)
})

test('properties and status of a path, by the Data Lake interface', async (t) => {
  const { signed, fileSystem } = await restWorld(t)
  await put(fileSystem, 'a')
  const headers = { 'x-ms-properties': `k=${Buffer.from('v').toString('base64')}`, 'x-ms-cache-control': 'no-store' }
  assert.equal((await fetch(signed('/a', 'action=setProperties'), { method: 'PATCH', headers })).status, 200)
  const status = await fetch(signed('/a', 'action=getStatus'), { method: 'HEAD' })
  assert.deepEqual(
    ['x-ms-properties', 'cache-control', 'x-ms-resource-type', 'content-length'].map((name) =>
      status.headers.get(name),
    ),
    ['k=dg==', 'no-store', 'file', '1'],
  )
  const lease = { 'x-ms-lease-action': 'acquire', 'x-ms-lease-duration': '-1' }
  const leased = await fetch(signed('/a'), { method: 'POST', headers: lease })
  assert.deepEqual([leased.status, leased.headers.get('x-ms-lease-id')!.length], [201, 36])
})

test('a directory is deleted in one go: there is nothing to continue', async (t) => {
  const { signed, fileSystem } = await restWorld(t)
  for (const path of ['dir/a', 'dir/b/c']) await put(fileSystem, path)
  const answer = await fetch(signed('/dir', 'recursive=true&paginated=true'), { method: 'DELETE' })
  assert.deepEqual([answer.status, answer.headers.get('x-ms-continuation')], [200, null])
  assert.deepEqual(await allPaths(fileSystem), [])
})

for (const [what, method, path, query, headers, status, code] of [
  ['broken percent encoding', 'GET', '/%zz', '', {}, 400, 'InvalidUri'],
  ['a step out of the container', 'GET', '/a%2F..%2Fb', '', {}, 400, 'InvalidResourceName'],
  ['a control character', 'GET', '/a%01', '', {}, 400, 'InvalidResourceName'],
  ['a step that is too long', 'GET', `/${'x'.repeat(256)}`, '', {}, 400, 'InvalidResourceName'],
  ['a range that is none', 'GET', '/file', '', { range: 'bytes=b-a' }, 400, 'InvalidHeaderValue'],
  ['a range that ends before it begins', 'GET', '/file', '', { range: 'bytes=3-2' }, 416, 'InvalidRange'],
  ['a date that is none', 'GET', '/file', '', { 'if-modified-since': 'then' }, 400, 'InvalidHeaderValue'],
  ['a type of blob that is none', 'PUT', '/b', '', { 'x-ms-blob-type': 'Other' }, 400, 'InvalidHeaderValue'],
  ['a blob without a type', 'PUT', '/b', '', {}, 400, 'MissingRequiredHeader'],
  ['a resource that is none', 'PUT', '/b', 'resource=link', {}, 501, 'NotImplemented'],
  ['a position that is none', 'PATCH', '/file', 'action=append&position=-1', {}, 400, 'InvalidQueryParameterValue'],
  ['a flush without a position', 'PATCH', '/file', 'action=flush', {}, 400, 'InvalidQueryParameterValue'],
  ['a page of nothing', 'GET', '', 'resource=filesystem&maxResults=0', {}, 400, 'InvalidQueryParameterValue'],
  [
    'a marker of somebody else',
    'GET',
    '',
    'resource=filesystem&continuation=%2F',
    {},
    400,
    'InvalidQueryParameterValue',
  ],
  ['recursion that is neither', 'GET', '', 'resource=filesystem&recursive=yes', {}, 400, 'InvalidQueryParameterValue'],
  ['properties that are none', 'PUT', '/b', 'resource=file', { 'x-ms-properties': 'k' }, 400, 'InvalidHeaderValue'],
  ['permissions that are none', 'PUT', '/b', 'resource=file', { 'x-ms-permissions': 'all' }, 400, 'InvalidHeaderValue'],
  [
    'a name of metadata that is none',
    'PUT',
    '/file',
    'comp=metadata',
    { 'x-ms-meta-a-b': '1' },
    400,
    'InvalidMetadata',
  ],
  [
    'a lease id that is none',
    'PUT',
    '/file',
    'comp=lease',
    { 'x-ms-lease-action': 'renew', 'x-ms-lease-id': '1' },
    400,
    'InvalidHeaderValue',
  ],
  [
    'a lease action that is none',
    'PUT',
    '/file',
    'comp=lease',
    { 'x-ms-lease-action': 'take' },
    400,
    'InvalidHeaderValue',
  ],
  ['a block without an id', 'PUT', '/b', 'comp=block', {}, 400, 'InvalidQueryParameterValue'],
  ['a list of blocks that is none', 'PUT', '/b', 'comp=blocklist', {}, 400, 'InvalidXmlDocument'],
] as const) {
  test(`${what} is refused, and nothing is changed`, async (t) => {
    const { signed, fileSystem } = await restWorld(t)
    await put(fileSystem, 'file')
    const answer = await fetch(signed(path, query), { method, headers })
    assert.deepEqual([answer.status, answer.headers.get('x-ms-error-code')], [status, code])
    assert.deepEqual(await allPaths(fileSystem), ['file'])
    assert.equal(await textOf(fileSystem, 'file'), 'file')
  })
}

test('metadata has at most 8 KiB', async (t) => {
  const { signed, fileSystem } = await restWorld(t)
  await put(fileSystem, 'file')
  const headers = { 'x-ms-meta-a': 'x'.repeat(8192) }
  const answer = await fetch(signed('/file', 'comp=metadata'), { method: 'PUT', headers })
  assert.deepEqual([answer.status, answer.headers.get('x-ms-error-code')], [400, 'MetadataTooLarge'])
})

/** Sends these lines as they are; resolves with all that comes back. */
const raw = async (port: number, lines: string, body = ''): Promise<string> => {
  const socket = connect(port, '127.0.0.1')
  socket.end(`${lines}\r\n\r\n${body}`)
  return text(socket)
}

test('a body that ends before its length leaves nothing', async (t) => {
  const { signed, lake, fileSystem, directory } = await restWorld(t)
  await put(fileSystem, 'a', 'old')
  const { pathname, search } = new URL(signed('/a'))
  const head = `PUT ${pathname}${search} HTTP/1.1\r\nHost: x\r\nx-ms-blob-type: BlockBlob\r\n`
  await raw(lake.port, `${head}Content-Length: 1000`, 'only a part')
  assert.equal(await textOf(fileSystem, 'a'), 'old')
  const answer = await raw(lake.port, `${head}Transfer-Encoding: chunked\r\nConnection: close`, '3\r\nabc\r\n0\r\n\r\n')
  assert.match(answer, /^HTTP\/1.1 411 .*<Code>MissingContentLengthHeader</s)
  await lake.close()
  assert.equal((await readdir(join(directory, 'content'))).length, 1)
})

test('a write counts from when its body was there: who has looked meanwhile sees that it came later', async (t) => {
  const { signed, lake, fileSystem, directory, advance } = await restWorld(t)
  const file = fileSystem.getFileClient('a')
  const { pathname, search } = new URL(signed('/a'))
  const socket = connect(lake.port, '127.0.0.1')
  socket.write(
    `PUT ${pathname}${search} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-ms-blob-type: BlockBlob\r\nContent-Length: 4\r\n\r\nsl`,
  )
  while ((await readdir(join(directory, 'content'))).length === 0) await setTimeout(5)
  advance(60)
  await put(fileSystem, 'a', 'fast')
  const { lastModified } = await file.getProperties()
  const lease = file.getDataLakeLeaseClient()
  await lease.acquireLease(15)
  advance(60)

  socket.write('ow')
  assert.match(await text(socket), /^HTTP\/1.1 201 /)
  await file.read(0, undefined, { conditions: { ifModifiedSince: lastModified! } })
  assert.equal(await textOf(fileSystem, 'a'), 'slow')
})

test('who is refused before a large body is read gets the answer all the same', async (t) => {
  const { lake } = await restWorld(t)
  const answer = await fetch(`http://127.0.0.1:${lake.port}/devstoreaccount1/data/a`, {
    method: 'PUT',
    headers: { 'x-ms-blob-type': 'BlockBlob' },
    body: Buffer.alloc(20_000_000),
  })
  assert.equal(answer.status, 401)
})

test('200 MB go to disk as they come, in and out', { skip: process.platform !== 'linux' }, async (t) => {
  const megabytes = 200
  const { child, container } = await serve(t, await temporaryDirectory(t))
  await container.create()
  const url = await container.getBlobClient('large').generateSasUrl({
    expiresOn: new Date(Date.now() + 600_000),
    permissions: ContainerSASPermissions.parse('rw'),
  })
  const chunk = Buffer.alloc(1_000_000, 'x')
  const body = ReadableStream.from(
    (function* () {
      for (let n = 0; n < megabytes; n += 1) yield chunk
    })(),
  )
  const headers = { 'x-ms-blob-type': 'BlockBlob', 'content-length': String(megabytes * chunk.length) }
  assert.equal((await fetch(url, { method: 'PUT', headers, body, duplex: 'half' })).status, 201)
  let length = 0
  for await (const part of (await fetch(url)).body!) length += part.length
  assert.equal(length, megabytes * chunk.length)
  const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1])
  assert.ok(peak < megabytes * 1000, `${peak} kB at most in memory`)
})
