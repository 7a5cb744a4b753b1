/** A fleet's devices as a population: any of them at any moment, but for those that have fallen silent. */
import { faultAt, readingAt, type Device } from './fleet.ts'
import type { Population, Speaker } from './generator.ts'
import type { Random } from './random.ts'

/** `startedAt` is the feed's own, epoch ms: faults come and go by the feed's time. */
export const fleetDevices = (fleet: readonly Device[], startedAt: number): Population => ({
  next: (random, dueMs): Speaker => {
    const { device, fault } = awake(random, fleet, startedAt + dueMs)
    return {
      source: device.id,
      event: ({ id, time, sentAt }) => ({
        deviceId: device.id,
        id,
        time: new Date(time).toISOString(),
        sentAt: new Date(sentAt).toISOString(),
        ...readingAt(random, device, time, fault),
      }),
    }
  },
  spoil: (random, event) => {
    const { deviceId: _deviceId, ...withoutDevice } = event
    return random.pick<object>([
      withoutDevice,
      { ...event, temperature: '21.5' },
      { ...event, humidity: 130 },
      { ...event, status: 'unwell' },
    ])
  },
})

const awake = (random: Random, fleet: readonly Device[], atMs: number) => {
  for (;;) {
    const device = random.pick(fleet)
    const fault = faultAt(device, atMs)
    if (fault !== 'silent') return { device, fault }
  }
}
