/** A custom role outlives the resource group that it was made for, and its name would be taken the next time. */
import type { AzureRest } from './azure-rest.ts'
import { inResourceGroup, scopes, type Endpoints } from './endpoints.ts'
import type { Deployment } from './environment.ts'
import type { Step } from './step.ts'

interface Listed {
  readonly name: string
  readonly properties: { readonly roleName?: string; readonly roleDefinitionId?: string }
}

export const removeCapacityKeeper = (
  { rest, endpoints }: { readonly rest: AzureRest; readonly endpoints: Endpoints },
  deployment: Pick<Deployment, 'subscriptionId' | 'resourceGroup'>,
): Step => ({
  what: 'remove the custom role Millrace capacity keeper and its assignments',
  run: async () => {
    const urlOf = (path: string, filter = ''): string =>
      `${inResourceGroup(endpoints, deployment, `Microsoft.Authorization/${path}`, '2022-04-01')}${filter}`
    const list = async (path: string, filter: string): Promise<readonly Listed[]> => {
      const { body } = await rest.send({
        method: 'GET',
        url: urlOf(path, filter),
        scope: scopes.management,
        accept: [404],
      })
      return (body as { value?: Listed[] } | undefined)?.value ?? []
    }
    const definitions = await list('roleDefinitions', "&$filter=type%20eq%20'CustomRole'")
    const ours = definitions.filter(
      ({ properties }) => properties.roleName?.startsWith('Millrace capacity keeper ') === true,
    )
    const assignments = await list('roleAssignments', '&$filter=atScope()')
    for (const { name } of ours) {
      const held = assignments.filter(({ properties }) => properties.roleDefinitionId?.endsWith(`/${name}`) === true)
      for (const assignment of held) await remove(`roleAssignments/${assignment.name}`)
      await remove(`roleDefinitions/${name}`)
    }

    async function remove(path: string): Promise<void> {
      await rest.send({ method: 'DELETE', url: urlOf(path), scope: scopes.management, accept: [404] })
    }
  },
})
