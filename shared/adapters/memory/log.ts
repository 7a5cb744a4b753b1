import type { Log } from '../../ports/log.ts'

export interface MemoryLog extends Log {
  readonly lines: readonly { readonly level: keyof Log; readonly message: string }[]
}

export const memoryLog = (): MemoryLog => {
  const lines: { level: keyof Log; message: string }[] = []
  const at = (level: keyof Log) => (message: string) => {
    lines.push({ level, message })
  }
  return { lines, info: at('info'), warn: at('warn'), alert: at('alert') }
}
