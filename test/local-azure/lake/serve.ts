/** A lake in a process of its own, that can be killed. */
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob'
import { DataLakeServiceClient, type DataLakeFileSystemClient } from '@azure/storage-file-datalake'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'

/** One file system by both SDKs, which never try again: what was not acknowledged is left as it is. */
export interface Clients {
  readonly fileSystem: DataLakeFileSystemClient
  readonly container: ContainerClient
}

export interface Serving extends Clients {
  readonly child: ChildProcess
  readonly connectionString: string
}

/** `limit`: the longest file that it may write, in KiB. */
export const serve = async (t: TestContext, directory: string, limit?: number): Promise<Serving> => {
  const module = join(import.meta.dirname, 'crash-child.ts')
  const command = [process.execPath, module, directory] as const
  // A signal that is ignored makes a longer write fail instead of ending the process.
  const limited = ['bash', '-c', `trap "" XFSZ; ulimit -f ${limit}; exec "$@"`, 'limited', ...command] as const
  const [program, ...parameters] = limit === undefined ? command : limited
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, connectionString: line, ...clientsOf(line) }
  }
  throw new Error('It ended before it was ready.')
}

export const kill = async ({ child }: Serving): Promise<void> => {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

export const clientsOf = (connectionString: string): Clients => {
  const options = { retryOptions: { maxTries: 1 } }
  return {
    fileSystem: DataLakeServiceClient.fromConnectionString(connectionString, options).getFileSystemClient('data'),
    container: BlobServiceClient.fromConnectionString(connectionString, options).getContainerClient('data'),
  }
}
