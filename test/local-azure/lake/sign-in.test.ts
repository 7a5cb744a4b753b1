import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  BlobSASPermissions,
  BlobServiceClient,
  ContainerClient,
  ContainerSASPermissions,
  SASProtocol,
  StorageSharedKeyCredential as BlobKey,
  generateAccountSASQueryParameters,
} from '@azure/storage-blob'
import {
  DataLakeFileClient,
  DataLakeServiceClient,
  DataLakeSASPermissions,
  DirectorySASPermissions,
  FileSystemSASPermissions,
  StorageSharedKeyCredential,
  generateDataLakeSASQueryParameters,
} from '@azure/storage-file-datalake'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { put, rejectsWith, testFileSystem, testLake, textOf } from './support.ts'

const partOf = (connectionString: string, name: string): string =>
  new RegExp(`${name}=([^;]+)`).exec(connectionString)?.[1] ?? ''

test('another key is refused by either interface: it says what was signed, and no key', async (t) => {
  const { lake, blobs } = await testFileSystem(t)
  const key = partOf(lake.connectionString, 'AccountKey')
  const wrong = lake.connectionString.replace(key, Buffer.from('another key').toString('base64'))
  const list = Array.fromAsync(BlobServiceClient.fromConnectionString(wrong).listContainers())
  await assert.rejects(list, (error: { statusCode: number; code: string; details: Record<string, string> }) => {
    const { statusCode, code, details } = error
    assert.deepEqual([statusCode, code], [403, 'AuthenticationFailed'])
    assert.match(
      details['authenticationErrorDetail'] ?? details['AuthenticationErrorDetail'] ?? '',
      /string to sign: 'GET\n/,
    )
    assert.equal(JSON.stringify(error).includes(key), false)
    return true
  })
  const paths = DataLakeServiceClient.fromConnectionString(wrong).getFileSystemClient('data').listPaths()
  await rejectsWith(Array.fromAsync(paths), 403, 'AuthenticationFailed')
  await rejectsWith(
    DataLakeServiceClient.fromConnectionString(wrong).getFileSystemClient('data').getFileClient('a').create(),
    403,
    'AuthenticationFailed',
  )
  assert.equal((await Array.fromAsync(blobs.listContainers())).length, 1)
})

test('another account is refused', async (t) => {
  const { lake } = await testLake(t)
  const credential = new BlobKey('somebody', partOf(lake.connectionString, 'AccountKey'))
  const client = new BlobServiceClient(partOf(lake.connectionString, 'BlobEndpoint'), credential)
  await rejectsWith(Array.fromAsync(client.listContainers()), 403, 'AuthenticationFailed')
})

test('signatures fit whatever the names of the headers that are signed', async (t) => {
  const { container } = await testFileSystem(t)
  const names = [
    'a_b',
    'ab',
    'a1',
    'a',
    'ab_c',
    'abc',
    'B',
    '_x',
    'x_',
    'x_y_z',
    'xy',
    'x1_2',
    'version',
    'blob',
    'Date',
  ]
  const metadata = Object.fromEntries(names.map((name, index) => [name, `${index}`]))
  await container.getBlockBlobClient('a').upload('1', 1, { metadata })
  const found = (await container.getBlobClient('a').getProperties()).metadata
  assert.deepEqual(found, Object.fromEntries(names.map((name, index) => [name.toLowerCase(), `${index}`])))
})

test('a key of its own may be given to the lake', async (t) => {
  const key = Buffer.from('a key of its own').toString('base64')
  const { blobs, lake } = await testLake(t, { key })
  await blobs.createContainer('box')
  assert.equal(partOf(lake.connectionString, 'AccountKey'), key)
})

test('nobody is let in without signing, and nobody by a token', async (t) => {
  const { lake } = await testFileSystem(t)
  const url = `http://127.0.0.1:${lake.port}/devstoreaccount1/data/a`
  const unsigned = await fetch(url)
  assert.equal(unsigned.status, 401)
  assert.match(await unsigned.text(), /<Code>NoAuthenticationInformation<\/Code>/)
  const token = await fetch(url, { headers: { authorization: 'Bearer token' } })
  assert.equal(token.status, 403)
  assert.match(await token.text(), /<Code>AuthenticationFailed<.*must be SharedKey/s)
})

test('a clock that is more than 15 minutes off is refused, as old requests are', async (t) => {
  const { advance, fileSystem } = await testFileSystem(t)
  advance(14 * 60)
  await put(fileSystem, 'a')
  advance(2 * 60)
  await rejectsWith(fileSystem.getFileClient('a').create(), 403, 'AuthenticationFailed')
})

const soon = (): Date => new Date(Date.now() + 600_000)

test('an address signed for the account does what it was signed for', async (t) => {
  const { lake, fileSystem } = await testFileSystem(t)
  await put(fileSystem, 'a')
  const credential = new BlobKey('devstoreaccount1', partOf(lake.connectionString, 'AccountKey'))
  const clientFor = (change: Partial<Parameters<typeof generateAccountSASQueryParameters>[0]>): BlobServiceClient => {
    const sas = generateAccountSASQueryParameters(
      {
        expiresOn: soon(),
        permissions: AccountSASPermissions.parse('rl'),
        services: AccountSASServices.parse('b').toString(),
        resourceTypes: AccountSASResourceTypes.parse('sco').toString(),
        ...change,
      },
      credential,
    )
    return new BlobServiceClient(`${partOf(lake.connectionString, 'BlobEndpoint')}?${sas.toString()}`)
  }
  const blobOf = (client: BlobServiceClient) => client.getContainerClient('data').getBlockBlobClient('a')
  const reader = clientFor({})
  assert.equal(String(await blobOf(reader).downloadToBuffer()), 'a')
  assert.equal((await Array.fromAsync(reader.listContainers())).length, 1)
  await rejectsWith(blobOf(reader).upload('x', 1), 403, 'AuthorizationPermissionMismatch')
  const other = AccountSASResourceTypes.parse('c').toString()
  await rejectsWith(blobOf(clientFor({ resourceTypes: other })).download(), 403, 'AuthorizationResourceTypeMismatch')
  await rejectsWith(blobOf(clientFor({ services: 'q' })).download(), 403, 'AuthorizationServiceMismatch')
  await rejectsWith(blobOf(clientFor({ expiresOn: new Date(0) })).download(), 403, 'AuthenticationFailed')
  await rejectsWith(blobOf(clientFor({ startsOn: soon(), expiresOn: soon() })).download(), 403, 'AuthenticationFailed')
  const https = clientFor({ protocol: SASProtocol.Https })
  await rejectsWith(blobOf(https).download(), 403, 'AuthorizationProtocolMismatch')
  const elsewhere = clientFor({ ipRange: { start: '10.0.0.1', end: '10.0.0.9' } })
  await rejectsWith(blobOf(elsewhere).download(), 403, 'AuthorizationSourceIPMismatch')
  await blobOf(clientFor({ ipRange: { start: '127.0.0.0', end: '127.0.0.9' } })).download()
})

test('an address signed for a container or blob reaches that alone', async (t) => {
  const { container } = await testFileSystem(t)
  await container.getBlockBlobClient('a').upload('1', 1)
  await container.getBlockBlobClient('b').upload('2', 1)
  const url = await container.getBlobClient('a').generateSasUrl({
    expiresOn: soon(),
    permissions: BlobSASPermissions.parse('r'),
    contentType: 'text/signed',
  })
  const answer = await fetch(url)
  assert.deepEqual([answer.status, await answer.text(), answer.headers.get('content-type')], [200, '1', 'text/signed'])
  assert.equal((await fetch(url.replace('/data/a?', '/data/b?'))).status, 403)
  assert.equal((await fetch(url.replace('text%2Fsigned', 'text%2Fother'))).status, 403)
  assert.equal((await fetch(url, { method: 'DELETE' })).status, 403)
  const wide = new ContainerClient(
    await container.generateSasUrl({ expiresOn: soon(), permissions: ContainerSASPermissions.parse('rlc') }),
  )
  assert.equal((await Array.fromAsync(wide.listBlobsFlat())).length, 2)
  await rejectsWith(wide.getBlockBlobClient('c').upload('3', 1), 403, 'AuthorizationPermissionMismatch')
  await wide.getBlockBlobClient('c').upload('3', 1, { conditions: { ifNoneMatch: '*' } })
  await rejectsWith(
    wide.getBlockBlobClient('c').upload('3', 1, { conditions: { ifNoneMatch: '*' } }),
    409,
    'BlobAlreadyExists',
  )
})

test('a signed address may have a reader told headers in any script, but no other lines', async (t) => {
  const { fileSystem, container } = await testFileSystem(t)
  await put(fileSystem, 'a')
  const told = async (contentDisposition: string) =>
    fetch(
      await container.getBlobClient('a').generateSasUrl({
        ...{ expiresOn: soon(), permissions: BlobSASPermissions.parse('r'), contentDisposition },
      }),
    )
  const name = 'attachment; filename="Straße €.txt"'
  const { headers } = await told(name)
  assert.equal(Buffer.from(headers.get('content-disposition') ?? '', 'latin1').toString(), name)
  const refused = await told('attachment\r\nx-other: 1')
  assert.deepEqual([refused.status, refused.headers.get('x-ms-error-code')], [400, 'InvalidQueryParameterValue'])
})

test('an address signed for a file, a directory or a file system reaches that alone', async (t) => {
  const { lake, fileSystem } = await testFileSystem(t)
  for (const path of ['dir/in/a', 'dir/b', 'other/c']) await put(fileSystem, path)
  const credential = new StorageSharedKeyCredential('devstoreaccount1', partOf(lake.connectionString, 'AccountKey'))
  const sign = (change: object): string =>
    generateDataLakeSASQueryParameters(
      {
        fileSystemName: 'data',
        expiresOn: soon(),
        permissions: DataLakeSASPermissions.parse('racwdm'),
        ...change,
      },
      credential,
    ).toString()
  const file = (path: string, sas: string): DataLakeFileClient =>
    new DataLakeFileClient(`${partOf(lake.connectionString, 'BlobEndpoint')}/data/${path}?${sas}`)
  const one = sign({ pathName: 'dir/in/a' })
  assert.equal(String(await file('dir/in/a', one).readToBuffer()), 'dir/in/a')
  await rejectsWith(file('dir/b', one).read(), 403, 'AuthenticationFailed')
  const directory = sign({
    pathName: 'dir/in',
    isDirectory: true,
    directoryDepth: 2,
    permissions: DirectorySASPermissions.parse('racwdm'),
  })
  await file('dir/in/new', directory).upload(Buffer.from('new'))
  await file('dir/in/new', directory).delete()
  await rejectsWith(file('dir/b', directory).read(), 403, 'AuthenticationFailed')
  const all = sign({ permissions: FileSystemSASPermissions.parse('rwdlm') })
  await file('other/c', all).move('dir/c')
  assert.equal(await textOf(fileSystem, 'dir/c'), 'other/c')
})

test('what is renamed or copied by a signed address brings its own', async (t) => {
  const { lake, fileSystem } = await testFileSystem(t)
  await put(fileSystem, 'secret')
  const sas = await fileSystem
    .getFileClient('mine')
    .generateSasUrl({ expiresOn: soon(), permissions: DataLakeSASPermissions.parse('racwdm') })
  const source = `/devstoreaccount1/data/secret`
  const url = `http://127.0.0.1:${lake.port}`
  const rename = { method: 'PUT', headers: { 'x-ms-rename-source': source } }
  assert.equal((await fetch(sas, rename)).status, 403)
  assert.equal((await fetch(sas, { method: 'PUT', headers: { 'x-ms-copy-source': `${url}${source}` } })).status, 403)
  assert.equal(
    (await fetch(sas, { ...rename, headers: { 'x-ms-rename-source': source + new URL(sas).search } })).status,
    403,
  )
  assert.equal(await textOf(fileSystem, 'secret'), 'secret')
})
