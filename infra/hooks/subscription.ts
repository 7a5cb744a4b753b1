/** What preprovision asks the subscription: its regions, its providers, and a pool that sleeps. */
import { TerminalError } from '../../shared/errors.ts'
import type { AzureRest } from './azure-rest.ts'
import { inResourceGroup, scopes, type Endpoints } from './endpoints.ts'
import { providersFor, sameRegion, type Parameters } from './preflight.ts'
import type { Step } from './step.ts'

interface Ports {
  readonly rest: AzureRest
  readonly endpoints: Endpoints
}

const get = async (
  { rest }: Ports,
  url: string,
  accept: readonly number[] = [],
): Promise<{ status: number; body: unknown }> => rest.send({ method: 'GET', url, scope: scopes.management, accept })

export const checkRegion = (ports: Ports, subscriptionId: string, parameters: Parameters): Step => ({
  what: `see whether ${parameters['location']} has what is deployed`,
  run: async () => {
    const location = parameters['location'] ?? ''
    const base = `${ports.endpoints.management}/subscriptions/${subscriptionId}/providers`
    const flex = await get(ports, `${base}/Microsoft.Web/geoRegions?sku=FlexConsumption&api-version=2024-11-01`)
    const regions = (flex.body as { value: { name: string }[] }).value.map(({ name }) => name)
    requireRegion('Flex Consumption', location, regions)
    if (parameters['deploySynapse'] !== 'true') return
    const synapse = await get(ports, `${base}/Microsoft.Synapse?api-version=2021-04-01`)
    const { resourceTypes } = synapse.body as { resourceTypes: { resourceType: string; locations: string[] }[] }
    requireRegion(
      'Synapse',
      location,
      resourceTypes.find(({ resourceType }) => resourceType === 'workspaces')?.locations ?? [],
    )
  },
})

const requireRegion = (service: string, location: string, regions: readonly string[]): void => {
  if (regions.some((region) => sameRegion(region, location))) return
  throw new TerminalError(
    `${location} has no ${service}. These have: ${[...regions].sort().join(', ')}. Choose one with azd env set AZURE_LOCATION.`,
  )
}

/** Registering is asked for once and goes on by itself; a deployment that comes too early says so and may be repeated. */
export const registerProviders = (ports: Ports, subscriptionId: string, parameters: Parameters): Step[] =>
  providersFor(parameters).map((provider) => ({
    what: `register ${provider} in the subscription, unless it is`,
    run: async () => {
      const url = `${ports.endpoints.management}/subscriptions/${subscriptionId}/providers/${provider}`
      const { body } = await get(ports, `${url}?api-version=2021-04-01`)
      if ((body as { registrationState: string }).registrationState === 'Registered') return
      await ports.rest.send({ method: 'POST', url: `${url}/register?api-version=2021-04-01`, scope: scopes.management })
    },
  }))

/** A deployment to a paused pool fails at its encryption. */
export const wakeSqlPool = (
  ports: Ports,
  where: { readonly subscriptionId: string; readonly resourceGroup: string },
  workspace: string,
  pool: string,
): Step => ({
  what: `resume the SQL pool ${pool} if it is paused: a deployment to a paused pool fails`,
  run: async () => {
    const path = `Microsoft.Synapse/workspaces/${workspace}/sqlPools/${pool}`
    const { status, body } = await get(ports, inResourceGroup(ports.endpoints, where, path, '2021-06-01'), [404])
    if (status === 404 || (body as { properties: { status: string } }).properties.status !== 'Paused') return
    await ports.rest.send({
      method: 'POST',
      url: inResourceGroup(ports.endpoints, where, `${path}/resume`, '2021-06-01'),
      scope: scopes.management,
    })
  },
})
