/**
 * Where Event Hubs Capture puts what came to a hub: agreed between the hub that writes (infra/modules/event-hubs.bicep, or the
 * local one) and the app that reads.
 */

/** Container of the lake that captured events go to. */
export const captureContainer = 'raw'

/** Names of capture files, without their extension; `y=` to `h=` so that readers go hour by hour. Azure pads with zeros, in UTC. */
export const archiveNameFormat =
  '{Namespace}/{EventHub}/y={Year}/m={Month}/d={Day}/h={Hour}/{Minute}-{Second}-p{PartitionId}'

export interface ArchiveName {
  readonly partition: number
  /** When the file's window began, epoch ms: a whole second. */
  readonly windowStart: number
}

/** Reads a name of that format; undefined where it is another. */
export const parseArchiveName = (name: string): ArchiveName | undefined => {
  const match = /\/y=(\d{4})\/m=(\d\d)\/d=(\d\d)\/h=(\d\d)\/(\d\d)-(\d\d)-p(\d+)\.avro$/.exec(name)
  if (match === null) return undefined
  const [year, month, day, hour, minute, second, partition] = match.slice(1)
  return {
    partition: Number(partition),
    windowStart: Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`),
  }
}

/** What the local Event Hubs calls itself: an address of this machine names no namespace. */
export const localNamespace = 'millrace-local'

/** The namespace in the names of capture files. `host`: where the namespace answers, such as `contoso.servicebus.windows.net`. */
export const namespaceOfHost = (host: string): string =>
  /^(?:localhost|127(?:\.\d+){3}|\[?::1\]?)$/i.test(host) ? localNamespace : host.split('.')[0]!.toLowerCase()
