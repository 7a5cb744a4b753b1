/** What templates cannot do: everything behind the data plane of Synapse, and reference data. Every step may be repeated. */
import { join } from 'node:path'
import { putArtifacts, readArtifacts } from './artifacts.ts'
import type { Deployment } from './environment.ts'
import { isAppThere, publishReferenceData, readReferenceFiles } from './reference-data.ts'
import { readSparkCode, uploadSparkCode } from './spark-code.ts'
import type { Step } from './step.ts'
import {
  assignSynapseRoles,
  connectPrivately,
  letThisMachineIn,
  waitForWorkspace,
  type HookPorts,
} from './synapse-workspace.ts'

/** `root`: where synapse/ and reference/ are, or are not yet. */
export const postprovisionSteps = (ports: HookPorts, deployment: Deployment, root: string): Step[] => [
  ...(deployment.synapseName === undefined ? [] : synapseSteps(ports, deployment, deployment.synapseName, root)),
  ...referenceSteps(ports, deployment, root, { isAppExpected: false }),
]

const synapseSteps = (ports: HookPorts, deployment: Deployment, workspace: string, root: string): Step[] => {
  const code = readSparkCode(join(root, 'synapse', 'jobs'))
  const artifacts = readArtifacts(join(root, 'synapse'), {
    SYNAPSE_NAME: workspace,
    SQL_POOL_NAME: deployment.sqlPoolName ?? '',
    SPARK_POOL_NAME: 'spark35',
    LAKE_NAME: deployment.lakeName,
    COSMOS_NAME: deployment.cosmosName,
    CODE_PATH: `abfss://code@${deployment.lakeName}.dfs.core.windows.net/${code.path}`,
  })
  return [
    waitForWorkspace(ports, deployment, workspace),
    ...(deployment.isPrivate ? [] : [letThisMachineIn(ports, deployment, workspace)]),
    ...assignSynapseRoles(ports, deployment, workspace),
    ...(deployment.isPrivate ? connectPrivately(ports, deployment, workspace) : []),
    ...uploadSparkCode(ports, deployment.lakeName, code),
    ...putArtifacts(ports, workspace, artifacts),
  ]
}

/** After the first provisioning there is no app yet: the postdeploy hook, which expects one, does it then. */
export const referenceSteps = (
  ports: HookPorts,
  deployment: Deployment,
  root: string,
  { isAppExpected }: { readonly isAppExpected: boolean },
): Step[] =>
  publishReferenceData(ports, deployment, readReferenceFiles(join(root, 'reference'))).map(({ what, run }) => ({
    what,
    run: async () => {
      if (isAppExpected || (await isAppThere(ports, deployment))) await run()
    },
  }))
