/** What the hooks read: outputs of the deployment and settings of the azd environment, all as environment variables. */
import { spawnSync } from 'node:child_process'
import { TerminalError } from '../../shared/errors.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Outputs of main.bicep that hooks read; azd keeps them in its environment. */
export const deploymentOutputs = [
  'AZURE_RESOURCE_GROUP',
  'APP_NAME',
  'APP_URL',
  'APP_PRINCIPAL_ID',
  'LAKE_NAME',
  'COSMOS_NAME',
  'SYNAPSE_NAME',
  'SQL_POOL_NAME',
  'NETWORK_MODE',
] as const

/** What was deployed. */
export interface Deployment {
  readonly subscriptionId: string
  readonly resourceGroup: string
  readonly appName: string
  readonly appUrl: string
  readonly appPrincipalId: string
  readonly lakeName: string
  readonly cosmosName: string
  /** undefined: not deployed. */
  readonly synapseName: string | undefined
  /** undefined: not deployed. */
  readonly sqlPoolName: string | undefined
  readonly isPrivate: boolean
}

/** Throws one TerminalError that names every variable that is missing. */
export const readDeployment = (environment: Environment): Deployment => {
  const missing: string[] = []
  const required = (name: string): string => {
    const value = environment[name]
    if (value === undefined || value === '') missing.push(name)
    return value ?? ''
  }
  const deployment: Deployment = {
    subscriptionId: required('AZURE_SUBSCRIPTION_ID'),
    resourceGroup: required('AZURE_RESOURCE_GROUP'),
    appName: required('APP_NAME'),
    appUrl: required('APP_URL'),
    appPrincipalId: required('APP_PRINCIPAL_ID'),
    lakeName: required('LAKE_NAME'),
    cosmosName: required('COSMOS_NAME'),
    synapseName: environment['SYNAPSE_NAME'] || undefined,
    sqlPoolName: environment['SQL_POOL_NAME'] || undefined,
    isPrivate: required('NETWORK_MODE') === 'private',
  }
  if (missing.length > 0) {
    throw new TerminalError(
      `The azd environment has no ${missing.join(', ')}: provision first (azd provision), then run this hook with azd hooks run.`,
    )
  }
  return deployment
}

/** The variables that azd gives its hooks; asked from azd where a hook is run by hand. */
export const azdEnvironment = (environment: Environment): Environment => {
  if (environment['AZURE_ENV_NAME'] !== undefined) return environment
  const { status, stdout } = spawnSync('azd', ['env', 'get-values', '--output', 'json'], { encoding: 'utf8' })
  return status === 0 ? { ...environment, ...(JSON.parse(stdout) as Record<string, string>) } : environment
}
