/** Loads an app as the Functions worker does: package.json `main`, expanded, each file imported in order. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readJsonFile } from './json-file.ts'
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

export interface LoadedApp {
  /** Where the library's own server expects streamed HTTP requests, if the app has asked for them. */
  readonly streamUri: string | undefined
}

/** Imports the app and locks its registrations. Rejects naming the file that is missing or failed. */
export const loadApp = async (directory: string, registry: Registry): Promise<LoadedApp> => {
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
  try {
    await registry.runHooks('appStart', {
      hookData: {},
      appHookData: registry.appHookData,
      functionAppDirectory: directory,
    })
  } catch (cause) {
    throw new Error(`The app's appStart hook failed: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
  registry.lock()
  const { HttpUri } = (await registry.model.getCapabilities?.({ ...capabilities })) as { readonly HttpUri?: string }
  return { streamUri: HttpUri }
}

const readMain = (directory: string): string => {
  const file = join(directory, 'package.json')
  const { main } = readJsonFile(file)
  if (typeof main !== 'string') throw new Error(`${file}: expected main to name the app's entry file.`)
  return main
}
