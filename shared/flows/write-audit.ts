import { controlSchemaVersion, type AuditDocument } from '../contracts/control-documents.ts'
import { formatInstant } from '../core/time.ts'
import { RetryableError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Control } from '../ports/control.ts'
import type { RandomName } from '../ports/random-name.ts'

/** What somebody is about to do through the admin endpoints. `stream`: `-` where it concerns none. */
export type AdminAction = Pick<AuditDocument, 'stream' | 'action' | 'target' | 'request' | 'caller'>

/** Before the action itself, which is not done where this rejects. */
export const writeAudit = async (
  ports: { readonly control: Control; readonly clock: Clock; readonly randomName: RandomName },
  action: AdminAction,
): Promise<void> => {
  const at = formatInstant(ports.clock.now())
  const audit: AuditDocument = {
    ...action,
    id: `audit:${at}:${ports.randomName()}`,
    kind: 'audit',
    schemaVersion: controlSchemaVersion,
    at,
  }
  if ((await ports.control.write(audit, undefined)) === 'conflict') {
    throw new RetryableError(`The audit of ${action.action} could not be written. Nothing was done; ask again.`)
  }
}
