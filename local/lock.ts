/** One run a folder: a lock file that names the process that holds it. */
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export interface Lock {
  release(): void
}

interface Holder {
  readonly pid: number
  /** When that process started, as the system tells it: a number may be used again by another process. */
  readonly started: string
}

/** Takes the folder, also from a holder that is no longer alive. Rejects where a living one holds it, saying which. */
export const acquireLock = async (directory: string): Promise<Lock> => {
  await mkdir(directory, { recursive: true })
  const path = join(directory, 'lock')
  for (;;) {
    try {
      const file = await open(path, 'wx')
      await file.writeFile(JSON.stringify({ pid: process.pid, started: startOf(process.pid) } satisfies Holder))
      await file.close()
      return { release: () => rmSync(path, { force: true }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = await readHolder(path)
    if (holder !== undefined && isAlive(holder)) {
      throw new Error(
        `Another Millrace (process ${holder.pid}) runs in ${directory}. Nothing was started. Stop it first, or run this one ` +
          'in a clone of its own.',
      )
    }
    await rm(path, { force: true })
  }
}

/** undefined for a file that a kill left half-written. */
const readHolder = async (path: string): Promise<Holder | undefined> => {
  const text = await readFile(path, 'utf8').catch(() => '')
  try {
    return JSON.parse(text) as Holder
  } catch {
    return undefined
  }
}

const isAlive = ({ pid, started }: Holder): boolean => {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return startOf(pid) === started
}

/** Linux tells a process's start in field 22 of its stat; elsewhere the number alone has to do. */
const startOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
