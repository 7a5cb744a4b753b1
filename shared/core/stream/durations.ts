const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `250ms`, `10s`, `2m`, `1h`, `30d` to milliseconds; undefined for anything else. */
export const parseDuration = (text: unknown): number | undefined => {
  const match = typeof text === 'string' ? /^([1-9]\d{0,8})(ms|s|m|h|d)$/.exec(text) : null
  return match === null ? undefined : Number(match[1]) * unitMs[match[2]!]!
}

/** In the largest unit that divides it: `90s`, `2m`, `1d`. */
export const formatDuration = (ms: number): string => {
  const [unit, size] = Object.entries(unitMs)
    .reverse()
    .find(([, size]) => ms % size === 0)!
  return `${ms / size}${unit}`
}
