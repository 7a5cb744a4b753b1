/** Creates in the local Cosmos DB what Bicep creates in Azure. */
import { CosmosClient, PartitionKeyDefinitionVersion, PartitionKeyKind } from '@azure/cosmos'
import { containers, databaseName, type ContainerDescription } from '../shared/contracts/containers.ts'

/** Creates the database and every container that is missing; existing ones are left as they are. */
export const createContainers = async (connectionString: string): Promise<void> => {
  const client = new CosmosClient(connectionString)
  try {
    const { database } = await client.databases.createIfNotExists({ id: databaseName })
    for (const container of containers) await database.containers.createIfNotExists(definitionOf(container))
  } finally {
    client.dispose()
  }
}

const definitionOf = ({ name, partitionKey, defaultTtl, indexed }: ContainerDescription) => ({
  id: name,
  partitionKey: {
    paths: [...partitionKey],
    kind: partitionKey.length > 1 ? PartitionKeyKind.MultiHash : PartitionKeyKind.Hash,
    version: PartitionKeyDefinitionVersion.V2,
  },
  defaultTtl,
  indexingPolicy: {
    automatic: true,
    indexingMode: 'consistent' as const,
    includedPaths: indexed.map((path) => ({ path })),
    excludedPaths: [{ path: '/*' }],
  },
})
