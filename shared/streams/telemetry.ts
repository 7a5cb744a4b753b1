/** Readings of devices: how each of them is doing, and each site. */
import { Type } from '@sinclair/typebox'
import { lookUp } from '../core/enrich/look-up.ts'
import { defineStream } from '../core/stream/define-stream.ts'
import { count, distinct, last, max, mean, min, quantiles } from '../core/stream/metrics.ts'

const text = (maxLength: number) => Type.String({ minLength: 1, maxLength })
const instant = Type.String({ minLength: 20, maxLength: 40, description: 'RFC 3339 instant with a zone' })
const sensor = (minimum: number, maximum: number, description: string) =>
  Type.Optional(Type.Number({ minimum, maximum, description }))

export const telemetry = defineStream({
  name: 'telemetry',
  hub: { partitions: 4, retention: '1d' },
  event: Type.Object({
    schemaVersion: Type.Optional(Type.Integer({ minimum: 1 })),
    deviceId: text(128),
    id: text(128),
    time: instant,
    sentAt: Type.Optional(instant),
    temperature: sensor(-273.15, 10_000, 'degrees Celsius'),
    humidity: sensor(0, 100, 'relative, per cent'),
    pressure: sensor(0, 1_000_000, 'hectopascal'),
    vibration: sensor(0, 100_000, 'millimetres a second, root mean square'),
    battery: sensor(0, 100, 'per cent'),
    co: sensor(0, 1_000_000, 'carbon monoxide, parts per million'),
    lpg: sensor(0, 1_000_000, 'liquefied petroleum gas, parts per million'),
    smoke: sensor(0, 1_000_000, 'parts per million'),
    value: sensor(-1e12, 1e12, 'of a device with one sensor that has no name here'),
    light: Type.Optional(Type.Boolean()),
    motion: Type.Optional(Type.Boolean()),
    status: Type.Optional(Type.Union([Type.Literal('ok'), Type.Literal('warning'), Type.Literal('fault')])),
  }),
  eventVersions: [1],
  identity: { source: 'deviceId', id: 'id' },
  time: { occurredAt: 'time', sentAt: 'sentAt', lateness: '2m' },
  deduplicate: { horizon: '10m' },
  enrich: [lookUp('deviceId', { kind: 'devices', adds: ['model', 'site', 'owner'] })],
  rollups: {
    fleet: {
      every: '10s',
      by: [],
      keep: '30d',
      metrics: {
        readings: count(),
        faults: count({ status: 'fault' }),
        devices: distinct('deviceId', { precision: 12 }),
        temperature: mean('temperature'),
        temperatures: quantiles('temperature'),
      },
    },
    devices: {
      every: '1m',
      by: ['deviceId'],
      maxGroups: 2_000,
      keep: '30d',
      metrics: {
        readings: count(),
        faults: count({ status: 'fault' }),
        coldest: min('temperature'),
        hottest: max('temperature'),
        temperature: mean('temperature'),
        latest: last('temperature'),
        temperatures: quantiles('temperature'),
        humidity: mean('humidity'),
        wildest: max('vibration'),
        weakest: min('battery'),
        least: min('value'),
        most: max('value'),
        value: mean('value'),
      },
    },
    sites: {
      every: '1m',
      by: ['site'],
      maxGroups: 500,
      keep: '90d',
      metrics: {
        readings: count(),
        faults: count({ status: 'fault' }),
        devices: distinct('deviceId'),
        coldest: min('temperature'),
        hottest: max('temperature'),
        temperature: mean('temperature'),
        temperatures: quantiles('temperature'),
        humidity: mean('humidity'),
        vibrations: quantiles('vibration'),
        latest: last('temperature'),
      },
    },
    models: {
      every: '1m',
      by: ['model', 'owner'],
      maxGroups: 500,
      keep: '90d',
      metrics: {
        readings: count(),
        faults: count({ status: 'fault' }),
        devices: distinct('deviceId'),
        weakest: min('battery'),
      },
    },
  },
})
