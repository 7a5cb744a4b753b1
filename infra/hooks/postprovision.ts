/** After provisioning: `npm run azure:postprovision -- --dry-run` prints what it would do. */
import { join } from 'node:path'
import { readDeployment } from './environment.ts'
import { postprovisionSteps } from './postprovision-steps.ts'
import { runHook } from './run-hook.ts'

await runHook((context) =>
  postprovisionSteps(context, readDeployment(context.environment), join(import.meta.dirname, '..', '..')),
)
