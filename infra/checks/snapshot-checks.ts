/** All that is asked of the committed snapshots and the files beside them, with or without a compiler. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkAzureYaml } from './azure-yaml.ts'
import { checkContainers, checkHubs, type StreamHub } from './data.ts'
import type { Finding } from './finding.ts'
import { checkLeastPrivilege } from './least-privilege.ts'
import { checkNames } from './names.ts'
import { checkOutputs } from './outputs.ts'
import { checkParameters } from './parameters.ts'
import { checkPolicies } from './policies.ts'
import { checkPrivateMode } from './private-mode.ts'
import { checkSettings } from './settings.ts'
import type { Snapshots } from './snapshot.ts'
import { manifestFile } from './sources.ts'
import { checkWatching } from './watching.ts'

export const checkSnapshots = (root: string, snapshots: Snapshots): Finding[] => [
  ...checkPolicies(snapshots),
  ...checkLeastPrivilege(snapshots),
  ...checkNames(snapshots),
  ...checkPrivateMode(snapshots),
  ...checkOutputs(snapshots),
  ...checkHubs(snapshots, readStreams(root)),
  ...checkContainers(snapshots),
  ...checkSettings(snapshots),
  ...checkWatching(snapshots),
  ...checkAzureYaml(root, snapshots),
  ...checkParameters(root),
]

const readStreams = (root: string): StreamHub[] =>
  (JSON.parse(readFileSync(join(root, manifestFile), 'utf8')) as { streams: { description: StreamHub }[] }).streams.map(
    ({ description }) => description,
  )
