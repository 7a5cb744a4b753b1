/** Reference data through the app's own API: `reference/<kind>.json` holds `{"records": [...]}`. */
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { TerminalError } from '../../shared/errors.ts'
import type { AzureRest } from './azure-rest.ts'
import { inResourceGroup, scopes, type Endpoints } from './endpoints.ts'
import type { Deployment } from './environment.ts'
import type { Step } from './step.ts'

export interface ReferenceFile {
  readonly kind: string
  readonly body: object
}

/** An absent or empty folder holds none. */
export const readReferenceFiles = (folder: string): ReferenceFile[] =>
  globSync('*.json', { cwd: folder })
    .sort()
    .map((file) => {
      const body: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'))
      if (typeof body !== 'object' || body === null || !('records' in body) || !Array.isArray(body.records)) {
        throw new TerminalError(`${join(folder, file)}: expected {"records": [...]}`)
      }
      return { kind: basename(file, '.json'), body }
    })

interface Ports {
  readonly rest: AzureRest
  readonly endpoints: Endpoints
}

/** Whether there is an app that answers: before the first deployment there is none. */
export const isAppThere = async ({ rest }: Ports, { appUrl }: Deployment): Promise<boolean> => {
  const { status } = await rest.send({ method: 'GET', url: `${appUrl}/api/health`, accept: [403, 404, 502, 503] })
  return status === 200
}

/** Publishing what is there already changes nothing, so every deployment may publish everything. */
export const publishReferenceData = (
  { rest, endpoints }: Ports,
  deployment: Deployment,
  files: readonly ReferenceFile[],
): Step[] =>
  files.map(({ kind, body }) => ({
    what: `publish reference data of ${kind}`,
    run: async () => {
      const key = await rest.send({
        method: 'POST',
        url: inResourceGroup(
          endpoints,
          deployment,
          `Microsoft.Web/sites/${deployment.appName}/host/default/listkeys`,
          '2024-11-01',
        ),
        scope: scopes.management,
      })
      await rest.send({
        method: 'PUT',
        url: `${deployment.appUrl}/api/manage/reference/${kind}`,
        headers: { 'x-functions-key': (key.body as { masterKey: string }).masterKey },
        body,
      })
    },
  }))
