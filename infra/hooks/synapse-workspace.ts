/** What only the data plane of Synapse can do: wait for it, its own roles, its ways into a private network. */
import { createHash } from 'node:crypto'
import { shutOut, type AzureRest } from './azure-rest.ts'
import { inResourceGroup, scopes, type Endpoints } from './endpoints.ts'
import type { Deployment } from './environment.ts'
import type { Step } from './step.ts'
import { TerminalError } from '../../shared/errors.ts'

export interface HookPorts {
  readonly rest: AzureRest
  readonly endpoints: Endpoints
  readonly wait: (ms: number) => Promise<void>
}

const apiVersion = '2020-12-01'
const armVersion = '2021-06-01'

/** What the app needs to start a pipeline, cancel it and see what became of it. No Azure role stands for these. */
export const synapseRoles = [
  { name: 'Synapse Artifact User', id: '53faaa0e-40b6-40c8-a2ff-e38f2d388875', on: '' },
  { name: 'Synapse Compute Operator', id: 'e3844cc7-4670-42cb-9349-9bdac1ee7881', on: '' },
  {
    name: 'Synapse Credential User',
    id: '5eb298b4-692c-4241-9cf0-f58a3b42bb25',
    on: '/credentials/WorkspaceSystemIdentity',
  },
] as const

export const waitForWorkspace = (ports: HookPorts, deployment: Deployment, workspace: string): Step => ({
  what: `wait for the workspace ${workspace} and its Spark pool`,
  run: async () => {
    for (const path of [
      `Microsoft.Synapse/workspaces/${workspace}`,
      `Microsoft.Synapse/workspaces/${workspace}/bigDataPools/spark35`,
    ]) {
      await waitUntilSucceeded(ports, inResourceGroup(ports.endpoints, deployment, path, armVersion))
    }
  },
})

const waitUntilSucceeded = async ({ rest, wait }: HookPorts, url: string): Promise<void> => {
  for (let tries = 0; tries < 60; tries += 1) {
    const { body } = await rest.send({ method: 'GET', url, scope: scopes.management })
    const state = (body as { properties?: { provisioningState?: string } }).properties?.provisioningState
    if (state === 'Succeeded') return
    if (state === 'Failed')
      throw new TerminalError(
        `${new URL(url).pathname} has failed to deploy. Look at it in the portal, then provision again.`,
      )
    await wait(15_000)
  }
  throw new TerminalError(`${new URL(url).pathname} is not there after 15 minutes. Look at it in the portal.`)
}

/**
 * Public mode: the firewall of the workspace covers its development endpoint too, and lets in Azure and named addresses alone.
 * The refusal names the address that it saw; that one is let in, under the name deployer. It takes effect within minutes.
 */
export const letThisMachineIn = (ports: HookPorts, deployment: Deployment, workspace: string): Step => ({
  what: `let this machine in at the firewall of ${workspace}, unless it is`,
  run: async () => {
    const { rest, endpoints, wait } = ports
    const url = `${endpoints.synapse(workspace)}/roleDefinitions?api-version=${apiVersion}`
    const ask = async (): Promise<string | undefined> => {
      const { status, body } = await rest.send({ method: 'GET', url, scope: scopes.synapse, accept: [403] })
      const text = JSON.stringify(body ?? '')
      return status === 403 && shutOut.test(text) ? text : undefined
    }
    const refusal = await ask()
    if (refusal === undefined) return
    const address = /\b(?:\d{1,3}\.){3}\d{1,3}\b/.exec(refusal)?.[0]
    if (address === undefined) {
      throw new TerminalError(
        `The firewall of ${workspace} refuses this machine and does not say its address. Let it in with azd env set ` +
          'MILLRACE_ALLOWED_IP_ADDRESSES, and provision again.',
      )
    }
    await rest.send({
      method: 'PUT',
      url: inResourceGroup(
        endpoints,
        deployment,
        `Microsoft.Synapse/workspaces/${workspace}/firewallRules/deployer`,
        armVersion,
      ),
      scope: scopes.management,
      body: { properties: { startIpAddress: address, endIpAddress: address } },
    })
    for (let tries = 0; tries < 20 && (await ask()) !== undefined; tries += 1) await wait(15_000)
  },
})

export const assignSynapseRoles = ({ rest, endpoints }: HookPorts, deployment: Deployment, workspace: string): Step[] =>
  synapseRoles.map(({ name, id, on }) => {
    const scope = `workspaces/${workspace}${on}`
    const assignment = uuidOf(`${deployment.appPrincipalId} ${id} ${scope}`)
    return {
      what: `assign ${name} on ${scope} to the app`,
      run: async () => {
        await rest.send({
          method: 'PUT',
          url: `${endpoints.synapse(workspace)}/roleAssignments/${assignment}?api-version=${apiVersion}`,
          scope: scopes.synapse,
          body: { roleId: id, principalId: deployment.appPrincipalId, scope, principalType: 'ServicePrincipal' },
          // It is there already.
          accept: [409],
        })
      },
    }
  })

/** Name-based, so that the same assignment has the same id every time (UUID version 5 by form, RFC 9562). */
const uuidOf = (name: string): string => {
  const bytes = createHash('sha1').update(`millrace ${name}`).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x50
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Private mode: Spark and pipelines run in the managed network of the workspace and reach lake and documents from there. */
export const connectPrivately = (ports: HookPorts, deployment: Deployment, workspace: string): Step[] =>
  [
    {
      name: 'millrace-lake',
      group: 'dfs',
      provider: `Microsoft.Storage/storageAccounts/${deployment.lakeName}`,
      version: '2025-01-01',
    },
    {
      name: 'millrace-cosmos',
      group: 'Sql',
      provider: `Microsoft.DocumentDB/databaseAccounts/${deployment.cosmosName}`,
      version: '2025-04-15',
    },
  ].map(({ name, group, provider, version }) => ({
    what: `connect the managed network of ${workspace} to ${provider} and approve it`,
    run: async () => {
      const { subscriptionId, resourceGroup } = deployment
      const resource = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/${provider}`
      await ports.rest.send({
        method: 'PUT',
        url: `${ports.endpoints.synapse(workspace)}/managedVirtualNetworks/default/managedPrivateEndpoints/${name}?api-version=${apiVersion}`,
        scope: scopes.synapse,
        body: { properties: { privateLinkResourceId: resource, groupId: group } },
        accept: [409],
      })
      await approve(
        ports,
        inResourceGroup(ports.endpoints, deployment, `${provider}/privateEndpointConnections`, version),
        name,
      )
    },
  }))

interface Connection {
  readonly name: string
  readonly properties: {
    readonly privateLinkServiceConnectionState: { readonly status: string; readonly description?: string }
  }
}

/** The request appears at the other end some time after it was made, under a name with the workspace's before it. */
const approve = async ({ rest, wait }: HookPorts, url: string, endpoint: string): Promise<void> => {
  for (let tries = 0; tries < 40; tries += 1) {
    const { body } = await rest.send({ method: 'GET', url, scope: scopes.management })
    const connections = (body as { value: Connection[] }).value.filter(({ name }) => name.includes(endpoint))
    const state = ({ properties }: Connection): string => properties.privateLinkServiceConnectionState.status
    for (const connection of connections.filter((one) => state(one) === 'Pending')) {
      await rest.send({
        method: 'PUT',
        url: url.replace('?', `/${connection.name}?`),
        scope: scopes.management,
        body: { properties: { privateLinkServiceConnectionState: { status: 'Approved', description: 'Millrace' } } },
      })
    }
    if (connections.length > 0) return
    await wait(15_000)
  }
  throw new TerminalError(
    `The request of ${endpoint} did not arrive within 10 minutes. Approve it in the portal, or run the hook again.`,
  )
}
