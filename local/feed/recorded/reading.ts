/** How far files have been read, in numbers and as a line for people. */

export interface FileReading {
  readonly file: string
  /** Of the file as it lies there, compressed or not. */
  readonly bytes: number
  bytesRead: number
  records: number
  /** Records that did not parse or map and were sent as they are. */
  unmapped: number
  /** The first of these in words. */
  firstUnmapped: string | null
}

export const newReading = (file: string, bytes: number): FileReading => ({
  file,
  bytes,
  bytesRead: 0,
  records: 0,
  unmapped: 0,
  firstUnmapped: null,
})

export const noteRecord = (reading: FileReading, bytesRead: number, problem: string | undefined): void => {
  reading.bytesRead = bytesRead
  reading.records += 1
  if (problem === undefined) return
  reading.unmapped += 1
  reading.firstUnmapped ??= problem
}

const barWidth = 10

/** `[#####-----]   50 %  25,135 records  4,189/s  6 s left`, over all files of a stream. */
export const progressLine = (readings: readonly FileReading[], elapsedMs: number): string => {
  const sum = (of: (reading: FileReading) => number): number =>
    readings.reduce((total, reading) => total + of(reading), 0)
  const bytes = sum((reading) => reading.bytes)
  const share = bytes === 0 ? 1 : Math.min(1, sum(({ bytesRead }) => bytesRead) / bytes)
  const records = sum((reading) => reading.records)
  const filled = Math.floor(share * barWidth)
  return [
    `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}]`,
    `${String(Math.floor(share * 100)).padStart(3)} %`,
    `${grouped(records)} records`,
    `${grouped(elapsedMs === 0 ? 0 : (records * 1_000) / elapsedMs)}/s`,
    ...(share === 0 || share === 1 ? [] : [`${duration((elapsedMs / share) * (1 - share))} left`]),
  ].join('  ')
}

const grouped = (number: number): string => Math.round(number).toLocaleString('en-US')

const duration = (ms: number): string => {
  const seconds = Math.ceil(ms / 1_000)
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`
}
