/** Creates in the local lake what Bicep creates in Azure, as far as the app uses it. */
import { DataLakeServiceClient } from '@azure/storage-file-datalake'
import { captureContainer } from '../shared/contracts/capture.ts'
import { letterBodiesContainer } from '../shared/contracts/containers.ts'

/** `lake`: the cold path. */
const fileSystems = [captureContainer, letterBodiesContainer, 'lake']

/** Existing ones are left as they are. */
export const createFileSystems = async (connectionString: string): Promise<void> => {
  const client = DataLakeServiceClient.fromConnectionString(connectionString)
  for (const name of fileSystems) await client.getFileSystemClient(name).createIfNotExists()
}
