/**
 * `hh:mm:ss` or `d.hh:mm:ss` to milliseconds; undefined for anything else. As in .NET a first number above 23 is days:
 * `24:00:00` is 24 days, not one.
 */
export const timeSpanMs = (text: string): number | undefined => {
  const match = /^(?:(\d+)\.)?(\d{1,8}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,7}))?$/.exec(text)
  if (match === null) return undefined
  const [, days, first, second, third, fraction = '0'] = match
  const isInDays = days === undefined && Number(first) > 23
  const parts = isInDays ? [first, second, third, 0] : [days ?? 0, first, second, third]
  const [d, hours, minutes, seconds] = parts.map(Number) as [number, number, number, number]
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined
  const whole = ((d * 24 + hours) * 60 + minutes) * 60 + seconds
  return whole * 1_000 + (isInDays ? 0 : Math.floor(Number(`0.${fraction}`) * 1_000))
}

/** As .NET writes it, for messages: `hh:mm:ss`. */
export const timeSpanText = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1_000)
  return [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')
}
