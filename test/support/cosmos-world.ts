/** A local Cosmos DB with Millrace's containers, reached over a line that tests can cut, through the app's own clients. */
import type { Container } from '@azure/cosmos'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createContainers } from '../../local/create-containers.ts'
import { startCosmos } from '../../local/cosmos/server.ts'
import { azureClients, type AzureClients } from '../../shared/adapters/azure/clients.ts'
import { startHttpLine, type HttpLine } from './http-line.ts'

export interface CosmosWorld {
  readonly line: HttpLine
  container(name: string): Container
  /** Clients of somebody who has another connection string. */
  strangers(change: (connectionString: string) => string): AzureClients
  /** The next `count` requests on items get 429. */
  throttleNext(count: number): void
  close(): Promise<void>
}

export const startCosmosWorld = async (): Promise<CosmosWorld> => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-cosmos-'))
  const cosmos = await startCosmos({ port: 0, directory })
  await createContainers(cosmos.connectionString)
  const line = await startHttpLine(cosmos.port)
  const connectionString = cosmos.connectionString.replace(`:${cosmos.port}/`, `:${line.port}/`)
  const opened: AzureClients[] = []
  const strangers = (change: (connectionString: string) => string): AzureClients => {
    const clients = azureClients({
      cosmos: { kind: 'connection string', value: change(connectionString) },
      eventHubs: { kind: 'identity', endpoint: 'unused.servicebus.windows.net' },
      lake: undefined,
      clientId: undefined,
    })
    opened.push(clients)
    return clients
  }
  const clients = strangers((own) => own)
  return {
    line,
    strangers,
    container: (name) => clients.container(name),
    throttleNext: (count) => cosmos.throttleNext(count),
    close: async () => {
      for (const each of opened) await each.close()
      await line.close()
      await cosmos.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
