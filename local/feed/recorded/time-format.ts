/** Times as files write them. */
import { DateTime } from 'luxon'
import type { TimeMapping } from './mapping.ts'
import { toNumber } from './values.ts'

type ReadTime = (value: unknown) => number | undefined

/** Reads a record's time to epoch ms, cut to whole ones; undefined for what is not of the format. */
export const timeReader = ({ format, zone }: Omit<TimeMapping, 'field'>): ReadTime => {
  // Seconds in a double are exact to the microsecond, not to its digits: 1.001 * 1000 is a little less than 1001.
  if (format === 'epoch-s') return numeric((seconds) => Math.floor(Math.round(seconds * 1e6) / 1_000))
  if (format === 'epoch-ms') return numeric(Math.floor)
  if (format === 'iso') return textual((text) => (isoDay.test(text) ? DateTime.fromISO(text, { zone }) : undefined))
  const locale = { locale: 'en-US' }
  const parser = DateTime.buildFormatParser(format, locale)
  return textual((text) => DateTime.fromFormatParser(text, parser, { ...locale, zone }))
}

/** A time without a day would be today's. */
const isoDay = /^\d{4}-/
const mostMs = 8.64e15

const numeric =
  (toMs: (value: number) => number): ReadTime =>
  (value) => {
    const ms = toMs(toNumber(value) ?? Number.NaN)
    return Math.abs(ms) <= mostMs ? ms : undefined
  }

const textual =
  (parse: (text: string) => DateTime | undefined): ReadTime =>
  (value) => {
    const time = typeof value === 'string' ? parse(value.trim()) : undefined
    return time?.isValid === true ? Math.floor(time.toMillis()) : undefined
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
