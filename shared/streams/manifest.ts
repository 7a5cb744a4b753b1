import { createHash } from 'node:crypto'
import type { StreamDescription } from '../contracts/stream-definition.ts'
import type { DefinedStream } from '../core/stream/define-stream.ts'
import { compileStream } from '../core/stream/compile.ts'

/** The stream definitions as data: what Bicep, Spark, the local run and the docs read. */
export interface Manifest {
  readonly manifestVersion: 1
  /** Over all streams. */
  readonly hash: string
  readonly streams: readonly {
    /** What `progress` documents carry. */
    readonly hash: string
    /** The hash where nothing is filtered (MILLRACE_KEEP_ALL). */
    readonly keepAllHash: string
    readonly description: StreamDescription
  }[]
}

export const manifestOf = (streams: readonly DefinedStream[]): Manifest => {
  const described = streams.map((stream) => ({
    hash: compileStream(stream).hash,
    keepAllHash: compileStream(stream, { keepAll: true }).hash,
    description: stream.description,
  }))
  const hash = createHash('sha256')
  for (const stream of described) hash.update(stream.hash)
  return { manifestVersion: 1, hash: hash.digest('hex').slice(0, 16), streams: described }
}

export const manifestText = (streams: readonly DefinedStream[]): string =>
  `${JSON.stringify(manifestOf(streams), null, 2)}\n`
