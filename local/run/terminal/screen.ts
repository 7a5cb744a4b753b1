/** The terminal, while a run draws on it: an alternate screen, so that what stood there before stands there again after. */
import { frame } from './frame.ts'
import { paint } from './line.ts'
import type { View } from './view.ts'

export interface Screen {
  /** Shown among the newest messages, and left on the terminal when the screen is closed. */
  say(line: string): void
  show(view: View): void
  /** Shown below the messages, in place of the last one; empty: none. */
  showProgress(line: string): void
  /** Gives the terminal back. Also happens by itself when the process ends. */
  close(): void
}

/** What is used of a tty.WriteStream such as process.stdout. */
interface Terminal {
  readonly isTTY: boolean
  readonly columns: number
  readonly rows: number
  write(text: string): unknown
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
}

/** ECMA-48 and xterm control sequences. */
const enter = '\u001B[?1049h\u001B[?25l'
const leave = '\u001B[?25h\u001B[?1049l'
const home = '\u001B[H'
const toEndOfLine = '\u001B[K'
const toEndOfScreen = '\u001B[J'

/** Lines kept to be left on the terminal. */
const mostMessages = 1_000

/** undefined where there is no terminal to draw on (a pipe, a file, TERM=dumb): then lines are all there is. NO_COLOR is heeded. */
export const openScreen = (
  output: Terminal,
  environment: Readonly<Record<string, string | undefined>>,
): Screen | undefined => {
  if (!output.isTTY || environment['TERM'] === 'dumb') return undefined
  const colours = (environment['NO_COLOR'] ?? '') === ''
  const messages: string[] = []
  let view: View | undefined
  let progress = ''
  let open = true
  const draw = (): void => {
    if (!open) return
    // Terminals that do not know their size say 0.
    const size = { columns: output.columns || 80, rows: output.rows || 24 }
    const said = progress === '' ? messages : [...messages, progress]
    const lines = frame(view, said, size).map((line) => paint(line, colours) + toEndOfLine)
    // All at once, over what is there: nothing flickers.
    output.write(home + lines.join('\r\n') + toEndOfScreen)
  }
  const close = (): void => {
    if (!open) return
    open = false
    output.off('resize', draw)
    process.off('exit', close)
    process.off('uncaughtExceptionMonitor', close)
    output.write(leave + messages.map((line) => `${line}\n`).join(''))
  }
  process.on('exit', close)
  // Before the error is printed: on the alternate screen nobody would see it.
  process.on('uncaughtExceptionMonitor', close)
  output.on('resize', draw)
  output.write(enter)
  draw()
  return {
    say: (line) => {
      if (!open) {
        output.write(`${line}\n`)
        return
      }
      messages.push(line)
      if (messages.length > mostMessages) messages.shift()
      draw()
    },
    show: (shown) => {
      view = shown
      draw()
    },
    showProgress: (line) => {
      progress = line
      draw()
    },
    close,
  }
}
