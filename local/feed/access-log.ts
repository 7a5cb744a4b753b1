/** Lines of the combined log format: `client ident user [time] "request" status bytes "referrer" "user agent"`. */

export interface LogLine {
  readonly client: string
  /** Epoch ms. */
  readonly time: number
  readonly method: string
  /** The request target as it was written. */
  readonly target: string
  readonly status: number
  readonly bytes: number | undefined
  readonly referrer: string | undefined
  readonly userAgent: string | undefined
}

const pattern =
  /^(\S+) \S+ \S+ \[(\d\d)\/(\w{3})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d\d)(\d\d)\] "(\S+) (\S+)(?: [^"]*)?" (\d{3}) (\d+|-) "([^"]*)" "([^"]*)"$/
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** undefined for a line that is cut short or otherwise not of the format. */
export const parseLogLine = (line: string): LogLine | undefined => {
  const match = pattern.exec(line)
  if (match === null) return undefined
  const [, client = '', day, month = '', year, hours, minutes, seconds, zoneHours, zoneMinutes, method = '', target = '', status, bytes, referrer, agent] = match
  if (!months.includes(month)) return undefined
  const time =
    Date.UTC(Number(year), months.indexOf(month), Number(day), Number(hours), Number(minutes), Number(seconds)) -
    (Number(zoneHours) * 60 + Math.sign(Number(zoneHours) || 1) * Number(zoneMinutes)) * 60_000
  return {
    client,
    time,
    method,
    target,
    status: Number(status),
    bytes: bytes === '-' ? undefined : Number(bytes),
    referrer: referrer === '-' ? undefined : referrer,
    userAgent: agent === '-' ? undefined : agent,
  }
}
