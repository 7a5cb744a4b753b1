/** What the tests of Capture share. */
import type { CaptureOptions } from '../../../local/event-hubs/capture/options.ts'
import { archiveNameFormat, captureContainer } from '../../../shared/contracts/capture.ts'
import { captureRecords, type CaptureRecord } from '../../support/capture-file.ts'
import type { Lake } from '../../support/lake.ts'
import { hub } from './support.ts'

/** Small enough that a test need not wait. */
export const captureTo = (
  { connectionString }: Pick<Lake, 'connectionString'>,
  options: Partial<CaptureOptions> = {},
): CaptureOptions => ({
  connectionString,
  container: captureContainer,
  archiveNameFormat,
  intervalSeconds: 1,
  sizeLimitBytes: 104_857_600,
  skipEmptyArchives: true,
  ...options,
})

export const capturedHubs = (capture: CaptureOptions, partitions = 4) => [
  { name: hub, partitions, consumerGroups: [], capture },
]

/** Records of the partition by file name. */
export const filesOf = async (lake: Lake, partition = 0): Promise<Map<string, CaptureRecord[]>> => {
  const files = new Map<string, CaptureRecord[]>()
  for (const [name, bytes] of await lake.files()) {
    if (name.endsWith(`-p${partition}.avro`)) files.set(name, await captureRecords(bytes))
  }
  return files
}

export const recordsOf = async (lake: Lake, partition = 0): Promise<CaptureRecord[]> =>
  [...(await filesOf(lake, partition)).values()].flat()

/** The partition's records once there are at least `count`. */
export const recordsWhenThere = async (lake: Lake, count: number, partition = 0): Promise<CaptureRecord[]> => {
  for (;;) {
    const records = await recordsOf(lake, partition)
    if (records.length >= count) return records
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

export const sequencesOf = (records: readonly CaptureRecord[]): number[] =>
  records.map(({ SequenceNumber }) => SequenceNumber)
