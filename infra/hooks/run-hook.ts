/** What the four hooks share: who signs in, how time passes, and how a failure is told. */
import { AzureCliCredential, AzureDeveloperCliCredential, ChainedTokenCredential } from '@azure/identity'
import { setTimeout } from 'node:timers/promises'
import { createAzureRest, type AzureRest } from './azure-rest.ts'
import { azureEndpoints, type Endpoints } from './endpoints.ts'
import { azdEnvironment, type Environment } from './environment.ts'
import { runSteps, type Step } from './step.ts'

export interface HookContext {
  readonly rest: AzureRest
  readonly endpoints: Endpoints
  readonly wait: (ms: number) => Promise<void>
  readonly environment: Environment
  readonly log: (line: string) => void
}

/** Runs the steps of one hook, as whoever is signed in to azd, else to the Azure CLI. `--dry-run` prints the plan alone. */
export const runHook = async (
  steps: (context: HookContext) => Promise<readonly Step[]> | readonly Step[],
): Promise<void> => {
  const credential = new ChainedTokenCredential(new AzureDeveloperCliCredential(), new AzureCliCredential())
  const log = (line: string): void => {
    console.log(line)
  }
  const wait = async (ms: number): Promise<void> => {
    await setTimeout(ms)
  }
  const rest = createAzureRest({ token: async (scope) => (await credential.getToken(scope)).token, wait, log })
  const context = { rest, endpoints: azureEndpoints, wait, environment: azdEnvironment(process.env), log }
  try {
    await runSteps(await steps(context), { isDryRun: process.argv.includes('--dry-run'), log })
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
