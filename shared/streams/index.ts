import type { DefinedStream } from '../core/stream/define-stream.ts'
import { clickstream } from './clickstream.ts'
import { telemetry } from './telemetry.ts'

/** Every stream that is deployed. */
export const streams: readonly DefinedStream[] = [clickstream, telemetry]
