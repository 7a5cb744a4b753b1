const blocks = '▁▂▃▄▅▆▇█'

/** The newest `width` values as blocks between zero and the greatest of them; blank where there are none yet. */
export const sparkline = (values: readonly number[], width: number): string => {
  const shown = width > 0 ? values.slice(-width) : []
  const greatest = Math.max(1, ...shown)
  const bars = shown.map((value) => blocks[Math.round((Math.max(0, value) / greatest) * (blocks.length - 1))])
  return bars.join('').padStart(width)
}
