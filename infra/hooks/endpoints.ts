/** Where Azure's interfaces are, and whom their tokens are for. */
import type { Deployment } from './environment.ts'

export interface Endpoints {
  readonly management: string
  readonly synapse: (workspace: string) => string
  readonly lake: (account: string) => string
}

/** The public cloud. */
export const azureEndpoints: Endpoints = {
  management: 'https://management.azure.com',
  synapse: (workspace) => `https://${workspace}.dev.azuresynapse.net`,
  lake: (account) => `https://${account}.blob.core.windows.net`,
}

export const scopes = {
  management: 'https://management.azure.com/.default',
  synapse: 'https://dev.azuresynapse.net/.default',
  storage: 'https://storage.azure.com/.default',
} as const

/** URL of what lies in the deployment's resource group. */
export const inResourceGroup = (
  { management }: Endpoints,
  { subscriptionId, resourceGroup }: Pick<Deployment, 'subscriptionId' | 'resourceGroup'>,
  path: string,
  apiVersion: string,
): string =>
  `${management}/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/${path}?api-version=${apiVersion}`
