/** A local Event Hubs with one hub, reached through the app's own clients. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEventHubs } from '../../local/event-hubs/server.ts'
import { azureClients, repairGroup, type HubClients } from '../../shared/adapters/azure/clients.ts'

export interface EventHubsWorld {
  /** Clients of the hub, or of another one, with this connection string or a changed one. */
  clients(hub?: string, change?: (connectionString: string) => string): HubClients
  /** Ends the server; its clients stay open. */
  stopServer(): Promise<void>
  close(): Promise<void>
}

export const hubName = 'readings'

export const startEventHubsWorld = async (partitions: number): Promise<EventHubsWorld> => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-event-hubs-'))
  const hubs = [
    { name: hubName, partitions, consumerGroups: [repairGroup] },
    { name: 'without-group', partitions: 1, consumerGroups: [] },
  ]
  const server = await startEventHubs({ port: 0, directory, hubs })
  const opened: { close(): Promise<void> }[] = []
  let stopped: Promise<void> | undefined
  const stopServer = (): Promise<void> => (stopped ??= server.close())
  return {
    clients: (hub = hubName, change = (own) => own) => {
      const clients = azureClients({
        cosmos: { kind: 'identity', endpoint: 'https://unused.documents.azure.com/' },
        eventHubs: { kind: 'connection string', value: change(server.connectionString) },
        lake: undefined,
        clientId: undefined,
      })
      opened.push(clients)
      return clients.hub(hub)
    },
    stopServer,
    close: async () => {
      for (const each of opened) await each.close()
      await stopServer()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
