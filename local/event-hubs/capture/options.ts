/** What Capture is told of a hub: as `captureDescription` in Azure, with a connection string in place of an identity. */
import { ContainerClient } from '@azure/storage-blob'
import { missingTokens, unknownTokens } from './archive-name.ts'

export interface CaptureOptions {
  /** Of the storage account or lake that is written to. */
  readonly connectionString: string
  /** It has to be there: Capture makes none. */
  readonly container: string
  /** Name of a file without its extension; it holds each token once: see archive-name.ts. */
  readonly archiveNameFormat: string
  /** A file is closed after this many seconds, 1 to 900. Azure takes no less than 60. */
  readonly intervalSeconds: number
  /** Or when it holds this many bytes of messages, 1 to 524,288,000. Azure takes no less than 10,485,760. */
  readonly sizeLimitBytes: number
  /** Whether no file is written where nothing came; otherwise an empty one is. */
  readonly skipEmptyArchives: boolean
}

const mostSeconds = 900
const mostBytes = 524_288_000

/** Throws naming the hub and every field that is wrong. */
export const checkCaptureOptions = (hub: string, options: CaptureOptions): void => {
  const problems = problemsOf(options)
  if (problems.length > 0) throw new Error(problems.map((problem) => `Hub ${hub}: capture.${problem}`).join('\n'))
}

const problemsOf = (options: CaptureOptions): string[] => {
  const { connectionString, container, archiveNameFormat, intervalSeconds, sizeLimitBytes, skipEmptyArchives } = options
  const problems: string[] = []
  if (!isConnectionString(connectionString)) {
    problems.push('connectionString: expected the connection string of a storage account.')
  }
  if (typeof container !== 'string' || !/^[a-z0-9](?:-?[a-z0-9]){2,62}$/.test(container)) {
    problems.push('container: expected 3 to 63 small letters, digits and single hyphens.')
  }
  problems.push(...formatProblems(archiveNameFormat))
  if (!isWholeIn(intervalSeconds, mostSeconds)) {
    problems.push(`intervalSeconds: expected a whole number from 1 to ${mostSeconds}, not ${intervalSeconds}.`)
  }
  if (!isWholeIn(sizeLimitBytes, mostBytes)) {
    problems.push(`sizeLimitBytes: expected a whole number from 1 to ${mostBytes}, not ${sizeLimitBytes}.`)
  }
  if (typeof skipEmptyArchives !== 'boolean') {
    problems.push(`skipEmptyArchives: expected true or false, not ${String(skipEmptyArchives)}.`)
  }
  return problems
}

const formatProblems = (format: string): string[] => {
  if (typeof format !== 'string') return [`archiveNameFormat: expected a text, not ${String(format)}.`]
  const missing = missingTokens(format)
  const unknown = unknownTokens(format)
  return [
    ...(missing.length > 0 ? [`archiveNameFormat: expected every token; ${missing.join(', ')} is missing.`] : []),
    ...(unknown.length > 0 ? [`archiveNameFormat: ${unknown.join(', ')} is no token.`] : []),
  ]
}

const isWholeIn = (value: number, most: number): boolean => Number.isInteger(value) && value >= 1 && value <= most

const isConnectionString = (text: string): boolean => {
  try {
    return new ContainerClient(text, 'any').url !== ''
  } catch {
    return false
  }
}
