/** Mappings with a name, as they would stand in a file, and the one that takes events of the stream as they are. */
import type { StreamDescription } from '../../../shared/contracts/stream-definition.ts'
import type { Mapping } from './mapping.ts'
import { streamFields } from './stream-fields.ts'

export const presets: Readonly<Record<string, unknown>> = {
  /** Lines of the combined log format as page views of their clients, for `clickstream`. */
  'access-log': {
    format: 'access-log',
    time: { field: 'time', format: 'epoch-ms' },
    source: 'client',
    fields: {
      userId: 'client',
      url: 'target',
      ip: 'client',
      status: 'status',
      bytes: 'bytes',
      referrer: 'referrer',
      userAgent: 'userAgent',
    },
    constants: { type: 'page_view' },
    // A referrer may be empty.
    missing: ['-'],
  },
  /** A series of the Numenta Anomaly Benchmark, named by its file, for `telemetry`. */
  nab: {
    format: 'csv',
    time: { field: 'timestamp', format: 'yyyy-MM-dd HH:mm:ss' },
    key: 'file',
    fields: { value: 'value' },
  },
  /** Messages of boards with several sensors, each under `data` with its device and its clock, for `telemetry`. */
  'sensor-boards': {
    time: { field: 'ts', format: 'epoch-s' },
    source: 'device',
    fields: {
      temperature: 'data.temp',
      humidity: 'data.humidity',
      co: 'data.co',
      lpg: 'data.lpg',
      smoke: 'data.smoke',
      light: 'data.light',
      motion: 'data.motion',
    },
  },
}

/** For records that are the stream's events already, by the names of its own fields. */
export const eventsMapping = (stream: StreamDescription): Mapping => {
  const { identity, time } = stream
  const names = [...streamFields(stream).kinds.keys()]
  return {
    format: undefined,
    time: { field: time.occurredAt, format: 'iso', zone: 'UTC' },
    source: { field: identity.source },
    id: { field: identity.id },
    key: 'source',
    fields: Object.fromEntries(names.map((name) => [name, { field: name, unit: undefined, scale: 1, offset: 0 }])),
    constants: {},
    missing: [''],
    delimiter: ',',
    columns: undefined,
    needs: [time.occurredAt, identity.source, identity.id],
  }
}
