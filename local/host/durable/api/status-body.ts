import type { InstanceStatus } from '../store/instances.ts'
import { timeText, valueOf } from './call.ts'

/** An instance as the API shows it. The SDK wants input and output to be there, be they null. */
export const statusBody = (
  found: InstanceStatus,
  { showsInput = true, historyEvents }: { readonly showsInput?: boolean; readonly historyEvents?: unknown },
) => ({
  name: found.name,
  instanceId: found.id,
  runtimeStatus: found.status,
  input: showsInput ? valueOf(found.input) : null,
  customStatus: valueOf(found.customStatus),
  output: valueOf(found.output),
  createdTime: timeText(found.created),
  lastUpdatedTime: timeText(found.updated),
  ...(historyEvents === undefined ? {} : { historyEvents }),
})
