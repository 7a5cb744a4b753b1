/** Creates in the local lake what Bicep creates in Azure, as far as the app uses it. */
import { DataLakeServiceClient } from '@azure/storage-file-datalake'

/** `raw`: captured events; `lake`: the cold path. */
const fileSystems = ['raw', 'lake']

/** Existing ones are left as they are. */
export const createFileSystems = async (connectionString: string): Promise<void> => {
  const client = DataLakeServiceClient.fromConnectionString(connectionString)
  for (const name of fileSystems) await client.getFileSystemClient(name).createIfNotExists()
}
