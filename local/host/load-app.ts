/** Loads an app as the Functions worker does: package.json `main`, expanded, each file imported in order. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { provideCore, type Registry } from './registry.ts'

/** Worker capabilities that the library reads (nodejs-worker 3.x). */
const capabilities = {
  RawHttpBodyBytes: 'true',
  RpcHttpTriggerMetadataRemoved: 'true',
  RpcHttpBodyOnly: 'true',
  IgnoreEmptyValuedRpcHttpHeaders: 'true',
  UseNullableValueDictionaryForHttp: 'true',
  WorkerStatus: 'true',
  TypedDataCollection: 'true',
  HandlesWorkerTerminateMessage: 'true',
}

/** Imports the app and locks its registrations. Rejects naming the file that is missing or failed. */
export const loadApp = async (directory: string, registry: Registry): Promise<void> => {
  const main = readMain(directory)
  const files = globSync(main, { cwd: directory }).sort()
  if (files.length === 0)
    throw new Error(
      `package.json: main is ${JSON.stringify(main)}, but no such file is in ${directory}. Build the app first.`,
    )
  provideCore(registry)
  for (const file of files) {
    try {
      await import(pathToFileURL(join(directory, file)).href)
    } catch (cause) {
      throw new Error(
        `The app's file ${file} could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause },
      )
    }
  }
  await registry.runHooks('appStart', { hookData: {}, appHookData: {}, functionAppDirectory: directory })
  registry.lock()
  await registry.model.getCapabilities?.({ ...capabilities })
}

const readMain = (directory: string): string => {
  const file = join(directory, 'package.json')
  const { main } = JSON.parse(readFileSync(file, 'utf8')) as { main?: unknown }
  if (typeof main !== 'string') throw new Error(`${file}: expected main to name the app's entry file.`)
  return main
}
