/** Keeps how far a partition is captured, in a small file beside its log: what a kill leaves is the state before or after, never half. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { CapturePosition, Cut } from './windows.ts'

export interface CaptureState extends CapturePosition {
  /** The file that is being written, with its name: after a kill the same one is written again. */
  readonly writing?: Cut & { readonly name: string }
}

/** undefined: nothing was captured yet. */
export const readState = (path: string): CaptureState | undefined =>
  existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as CaptureState) : undefined

export const writeState = (path: string, state: CaptureState): void => {
  writeFileSync(`${path}.new`, JSON.stringify(state))
  renameSync(`${path}.new`, path)
}

export const forgetState = (path: string): void => {
  rmSync(path, { force: true })
}
