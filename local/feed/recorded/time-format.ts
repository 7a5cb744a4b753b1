/** Times as files write them. */
import { DateTime, IANAZone, type Zone } from 'luxon'
import type { TimeMapping } from './mapping.ts'
import { toNumber } from './values.ts'

type ReadTime = (value: unknown) => number | undefined

/** Reads a record's time to epoch ms, cut to whole ones; undefined for what is not of the format. */
export const timeReader = ({ format, zone }: Omit<TimeMapping, 'field'>): ReadTime => {
  // Seconds in a double are exact to the microsecond, not to its digits: 1.001 * 1000 is a little less than 1001.
  if (format === 'epoch-s') return numeric((seconds) => Math.floor(Math.round(seconds * 1e6) / 1_000))
  if (format === 'epoch-ms') return numeric(Math.floor)
  const local = zoneOf(zone)
  if (format === 'iso') {
    return textual(local, (text) => (isoDay.test(text) ? DateTime.fromISO(text, wallClock) : undefined))
  }
  const options = { ...wallClock, locale: 'en-US' }
  const parser = DateTime.buildFormatParser(format, options)
  return textual(local, (text) => DateTime.fromFormatParser(text, parser, options))
}

/** A time without a day would be today's. */
const isoDay = /^\d{4}-/
const mostMs = 8.64e15
/** Times that name no zone are read as they stand on the clock, and keep this zone as a mark. */
const wallClock = { zone: IANAZone.create('Etc/UTC'), setZone: true }

const zoneOf = (name: string): Zone => DateTime.utc().setZone(name).zone

const numeric =
  (toMs: (value: number) => number): ReadTime =>
  (value) => {
    const ms = toMs(toNumber(value) ?? Number.NaN)
    return Math.abs(ms) <= mostMs ? ms : undefined
  }

const textual =
  (local: Zone, parse: (text: string) => DateTime | undefined): ReadTime =>
  (value) => {
    const time = typeof value === 'string' ? parse(value.trim()) : undefined
    if (time?.isValid !== true) return undefined
    return time.zone === wallClock.zone ? instantOf(time.toMillis(), local) : time.toMillis()
  }

const dayMs = 86_400_000

/**
 * When a clock in the zone shows this, given as ms of a clock in UTC. A time that the clock shows twice is the first, one
 * that it skips is later by as much (RFC 5545, 3.3.5); Luxon itself would decide by the time of the year that it is now.
 */
const instantOf = (shown: number, zone: Zone): number => {
  const by = (offsetAt: number): number => shown - zone.offset(offsetAt) * 60_000
  const [before, after] = [by(shown - dayMs), by(shown + dayMs)]
  const isShown = (instant: number): boolean => by(instant) === instant
  return isShown(before) || !isShown(after) ? before : after
}

/** Whether a pattern tells the day and nothing that is not part of a time: it must read what it writes. */
export const isTimeFormat = (format: string): boolean => {
  if (['iso', 'epoch-s', 'epoch-ms'].includes(format)) return true
  const probe = DateTime.utc(2014, 11, 23)
  try {
    return timeReader({ format, zone: 'UTC' })(probe.toFormat(format, { locale: 'en-US' })) === probe.toMillis()
  } catch {
    return false
  }
}

/** The machine's own zone is none: the same file would give other events elsewhere. */
export const isZone = (zone: string): boolean =>
  !['local', 'system', 'default'].includes(zone.toLowerCase()) && DateTime.utc().setZone(zone).isValid
