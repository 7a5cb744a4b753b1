/** After the app is deployed: reference data through its API. */
import { join } from 'node:path'
import { readDeployment } from './environment.ts'
import { referenceSteps } from './postprovision-steps.ts'
import { runHook } from './run-hook.ts'

await runHook((context) =>
  referenceSteps(context, readDeployment(context.environment), join(import.meta.dirname, '..', '..'), {
    isAppExpected: true,
  }),
)
