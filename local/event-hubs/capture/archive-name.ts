/** Names of capture files, by the tokens of Azure's `archiveNameFormat`. */

export interface ArchiveSubject {
  readonly namespace: string
  readonly hub: string
  readonly partition: number
  /** When the file's window began, epoch ms. */
  readonly windowStart: number
}

const two = (value: number): string => String(value).padStart(2, '0')

const tokens: Readonly<Record<string, (subject: ArchiveSubject) => string>> = {
  Namespace: ({ namespace }) => namespace,
  EventHub: ({ hub }) => hub,
  PartitionId: ({ partition }) => String(partition),
  Year: ({ windowStart }) => String(new Date(windowStart).getUTCFullYear()),
  Month: ({ windowStart }) => two(new Date(windowStart).getUTCMonth() + 1),
  Day: ({ windowStart }) => two(new Date(windowStart).getUTCDate()),
  Hour: ({ windowStart }) => two(new Date(windowStart).getUTCHours()),
  Minute: ({ windowStart }) => two(new Date(windowStart).getUTCMinutes()),
  Second: ({ windowStart }) => two(new Date(windowStart).getUTCSeconds()),
}
const token = /\{(\w+)\}/g

/** Azure refuses a format that lacks any of them. */
export const missingTokens = (format: string): string[] =>
  Object.keys(tokens)
    .map((name) => `{${name}}`)
    .filter((name) => !format.includes(name))

export const unknownTokens = (format: string): string[] =>
  [...format.matchAll(token)].filter(([, name = '']) => tokens[name] === undefined).map(([whole]) => whole)

/** The whole name, `.avro` included. */
export const archiveName = (format: string, subject: ArchiveSubject): string =>
  `${format.replaceAll(token, (_, name: string) => tokens[name]!(subject))}.avro`
