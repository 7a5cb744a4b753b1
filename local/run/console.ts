/** What a run prints: lines that stay, and in a terminal below them one that the next replaces. */

export interface Console {
  say(line: string): void
  /** Empty: nothing to show. */
  show(line: string): void
}

/** What of a stream such as process.stdout is needed. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  /** Of a terminal. */
  readonly columns?: number
}

/** Without a terminal a line that is replaced would fill the log: one in so many ms has to do. */
const plainEveryMs = 5_000
const clearLine = '\r\u001b[K'

/** `now` in ms. */
export const consoleOf = (output: Output, now: () => number): Console =>
  output.isTTY === true ? terminal(output) : plain(output, now)

const terminal = (output: Output): Console => {
  let shown = ''
  return {
    say: (line) => {
      output.write(shown === '' ? `${line}\n` : `${clearLine}${line}\n${shown}`)
    },
    show: (line) => {
      if (line === '' && shown === '') return
      // A line that wraps cannot be replaced.
      shown = line.slice(0, (output.columns ?? 80) - 1)
      output.write(clearLine + shown)
    },
  }
}

const plain = (output: Output, now: () => number): Console => {
  let shownAt = -Infinity
  return {
    say: (line) => {
      output.write(`${line}\n`)
    },
    show: (line) => {
      if (line === '' || now() - shownAt < plainEveryMs) return
      shownAt = now()
      output.write(`${line}\n`)
    },
  }
}
