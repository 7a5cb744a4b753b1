/** A fleet of devices: what each is, what it measures as the day goes by, and when something is wrong with it. */
import type { ReferenceRecord } from '../../shared/contracts/reference-documents.ts'
import { gaussian, seededRandom, spread, type Random } from './random.ts'

export interface Device {
  readonly id: string
  readonly model: string
  readonly site: string
  readonly owner: string
  /** Some are in the field before anybody has registered them. */
  readonly isRegistered: boolean
  /** Degrees Celsius: the day's mean at this place, and how far it swings. */
  readonly mean: number
  readonly swing: number
  /** Millimetres a second when all is well. */
  readonly vibration: number
  /** Per cent an hour. */
  readonly drain: number
}

/**
 * `stuck`: the same temperature again and again. `drift`: warmer minute by minute. `spike`: single readings far off.
 * `silent`: nothing at all. `worn`: vibrates.
 */
export type DeviceFault = 'stuck' | 'drift' | 'spike' | 'silent' | 'worn'

const models = ['TX-100', 'TX-200', 'Nimbus 3', 'Probe S', 'Probe XL']
const owners = ['North Works', 'Harbour', 'Cold Chain']
const sites = ['Oslo', 'Bergen', 'Malmö', 'Gdańsk', 'Porto', 'Lyon', 'Turin', 'Graz', 'Split', 'Patras']
const unregisteredShare = 0.03
const dayMs = 86_400_000

/** The same devices whatever the seed of the feed: their registry is published before it begins. */
export const fleetOf = (size: number): readonly Device[] => {
  const random = seededRandom(1)
  return Array.from({ length: size }, (_, i) => {
    const site = random.pick(sites)
    return {
      id: `d${String(i).padStart(4, '0')}`,
      model: random.pick(models),
      site,
      // A site belongs to one owner.
      owner: owners[spread(site) % owners.length]!,
      isRegistered: !random.chance(unregisteredShare),
      mean: 4 + random.below(20),
      swing: 2 + random.below(8),
      vibration: 0.5 + random.next(),
      drain: 0.05 + 0.2 * random.next(),
    }
  })
}

export const registryOf = (fleet: readonly Device[]): ReferenceRecord[] =>
  fleet.filter(({ isRegistered }) => isRegistered).map(({ id, model, site, owner }) => ({ id, model, site, owner }))

const faults: readonly DeviceFault[] = ['stuck', 'drift', 'spike', 'silent', 'worn']
const faultyShare = 0.1
const faultEveryMs = 180_000
const faultLastsMs = 30_000

/** One device in ten is out of order for half a minute of every three, each with a fault and at a time of its own. */
export const faultAt = (device: Device, atMs: number): DeviceFault | undefined => {
  const chance = spread(`${device.id} fault`)
  if (chance % 1_000 >= faultyShare * 1_000) return undefined
  const since = (atMs + (chance % faultEveryMs)) % faultEveryMs
  return since < faultLastsMs ? faults[(chance >>> 10) % faults.length] : undefined
}

/** What the device measures at a moment (epoch ms); `fault` changes it. */
export const readingAt = (
  random: Random,
  device: Device,
  atMs: number,
  fault: DeviceFault | undefined,
): Record<string, unknown> => {
  const share = (atMs % dayMs) / dayMs
  // Coldest at four in the morning, warmest twelve hours later.
  const warmth = Math.sin(2 * Math.PI * (share - 10 / 24))
  const usual = device.mean + device.swing * warmth + 0.3 * gaussian(random)
  const isOff = fault === 'spike' && random.chance(0.2)
  const temperature =
    fault === 'stuck'
      ? device.mean
      : fault === 'drift'
        ? usual + (atMs % faultEveryMs) / 6_000
        : isOff
          ? usual + 80
          : usual
  const battery = Math.max(0, 100 - (((device.drain * (atMs % (30 * dayMs))) / 3_600_000) % 100))
  const wear = fault === 'worn' ? 6 : 1
  return {
    temperature: rounded(temperature),
    humidity: rounded(Math.min(100, Math.max(0, 62 - 1.8 * device.swing * warmth + 2 * gaussian(random)))),
    vibration: rounded(device.vibration * wear * Math.exp(0.25 * gaussian(random))),
    battery: rounded(battery),
    status: isOff || fault === 'worn' ? 'fault' : fault === 'drift' || battery < 10 ? 'warning' : 'ok',
  }
}

const rounded = (value: number): number => Math.round(value * 100) / 100
