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

/** What stands between quotes: Apache httpd writes a quote within as \" (mod_log_config). */
const quoted = String.raw`"((?:[^"\\]|\\.)*)"`
const pattern = new RegExp(
  String.raw`^(\S+) \S+ \S+ \[(\d\d)/(\w{3})/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)\] ${quoted} (\d{3}) (\d+|-) ${quoted} ${quoted}$`,
)
/** Method, target and protocol; HTTP/0.9 had no protocol. */
const requestPattern = /^(\S+) (\S+)(?: \S+)?$/
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** undefined for a line that is cut short or otherwise not of the format. Escapes stay as they are written. */
export const parseLogLine = (line: string): LogLine | undefined => {
  const match = pattern.exec(line)
  if (match === null) return undefined
  const [, client = '', day, month = '', year, clock, hours, minutes, request = '', status, bytes, referrer, agent] =
    match
  const [, method, target] = requestPattern.exec(request) ?? []
  const monthNumber = String(months.indexOf(month) + 1).padStart(2, '0')
  const time = Date.parse(`${year}-${monthNumber}-${day}T${clock}${hours}:${minutes}`)
  if (method === undefined || target === undefined || Number.isNaN(time)) return undefined
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
