/** What the deployment tells: exactly what hooks and settings read, and no secret. */
import { settingDescriptions } from '../../shared/config.ts'
import { deploymentOutputs } from '../hooks/environment.ts'
import type { Finding } from './finding.ts'
import type { Snapshots } from './snapshot.ts'

/** Where the data services are, which are reached without a secret: outputs too, so that the app runs locally against Azure. */
const settingOutputs = settingDescriptions
  .filter(({ name, neededBy, setInAzure }) => neededBy !== 'host' && setInAzure && name.includes('__'))
  .map(({ name }) => name)

const secretNames = /secret|password|key|connection_?string|token|sas/i
const secretValues =
  /listKeys|listAccountSas|listCredentials|AccountKey=|SharedAccessKey|InstrumentationKey|ConnectionString|password/i

export const checkOutputs = (snapshots: Snapshots): Finding[] => {
  const read = [...deploymentOutputs, ...settingOutputs]
  return [...snapshots].flatMap(([set, { outputs }]) => {
    const names = Object.keys(outputs)
    const secret = Object.entries(outputs).filter(
      ([name, value]) => secretNames.test(name) || secretValues.test(String(value)),
    )
    return [
      ...secret.map(([name]) => ({
        rule: 'secret-output',
        where: `${set}: ${name}`,
        message: 'outputs stand in the deployment history in plain text: none may hold a secret',
      })),
      ...read
        .filter((name) => !names.includes(name))
        .map((name) => ({ rule: 'missing-output', where: set, message: `hooks or settings read ${name}` })),
      ...names
        .filter((name) => !read.includes(name))
        .map((name) => ({
          rule: 'unread-output',
          where: `${set}: ${name}`,
          message: 'neither a hook nor a setting reads it',
        })),
    ]
  })
}
