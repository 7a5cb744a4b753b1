/** A local lake with clients for one test; all end with the test. */
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob'
import { DataLakeServiceClient, type DataLakeFileSystemClient } from '@azure/storage-file-datalake'
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startLake, type LakeOptions, type RunningLake } from '../../../local/lake/server.ts'

export interface TestLake {
  readonly lake: RunningLake
  readonly directory: string
  readonly dataLake: DataLakeServiceClient
  readonly blobs: BlobServiceClient
  /** Lets the server's clock run ahead. */
  readonly advance: (seconds: number) => void
}

export const testLake = async (t: TestContext, options: Partial<LakeOptions> = {}): Promise<TestLake> => {
  const directory = options.directory ?? (await temporaryDirectory(t))
  let aheadMs = 0
  const lake = await startLake({ port: 0, directory, ...options }, { now: () => Date.now() + aheadMs })
  t.after(() => lake.close())
  return {
    ...{ lake, directory },
    dataLake: DataLakeServiceClient.fromConnectionString(lake.connectionString),
    blobs: BlobServiceClient.fromConnectionString(lake.connectionString),
    advance: (seconds) => {
      aheadMs += seconds * 1000
    },
  }
}

export interface TestFileSystem extends TestLake {
  readonly fileSystem: DataLakeFileSystemClient
  /** The same one. */
  readonly container: ContainerClient
}

export const testFileSystem = async (t: TestContext): Promise<TestFileSystem> => {
  const started = await testLake(t)
  const fileSystem = started.dataLake.getFileSystemClient('data')
  await fileSystem.create()
  return { ...started, fileSystem, container: started.blobs.getContainerClient('data') }
}

export const temporaryDirectory = async (t: TestContext): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'local-lake-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** The answer fails with this status and code. */
export const rejectsWith = async (answer: Promise<unknown>, status: number, code: string): Promise<void> => {
  await assert.rejects(answer, (error: Error & { readonly statusCode?: number; readonly code?: string }) => {
    assert.deepEqual([error.statusCode, codeOf(error)], [status, code], error.message)
    return true
  })
}

/** Of a HEAD it stands in a header alone. */
const codeOf = (error: object): string | undefined => {
  const { code, details } = error as { readonly code?: string; readonly details?: { readonly errorCode?: string } }
  return details?.errorCode ?? code
}

export const put = async (fileSystem: DataLakeFileSystemClient, path: string, text = path): Promise<void> => {
  await fileSystem.getFileClient(path).upload(Buffer.from(text))
}

export const textOf = async (fileSystem: DataLakeFileSystemClient, path: string): Promise<string> =>
  String(await fileSystem.getFileClient(path).readToBuffer())

/** Paths of everything, in order; directories end with a slash. */
export const allPaths = async (fileSystem: DataLakeFileSystemClient): Promise<string[]> => {
  const paths: string[] = []
  for await (const { name, isDirectory } of fileSystem.listPaths({ recursive: true })) {
    paths.push(isDirectory === true ? `${name!}/` : name!)
  }
  return paths
}
