/** A line of the screen as spans of one style each, measured and cut in columns: some characters take two, some none. */
import { styleText } from 'node:util'
import stringWidth from 'string-width'

export type Style = 'bold' | 'dim' | 'cyan' | 'green' | 'yellow' | 'red'

export interface Span {
  readonly text: string
  readonly style?: Style
}

export type Line = readonly Span[]

const segmenter = new Intl.Segmenter()

/** Producers choose names of pages and devices: what would steer the terminal is shown as a dot. */
export const harmless = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '·')

/** At most `width` columns; what was cut off ends in an ellipsis. */
export const cut = (text: string, width: number): string => {
  if (stringWidth(text) <= width) return text
  let kept = ''
  let columns = 0
  for (const { segment } of segmenter.segment(text)) {
    columns += stringWidth(segment)
    if (columns > width - 1) break
    kept += segment
  }
  return width > 0 ? `${kept}…` : ''
}

/** Exactly `width` columns, filled on the right. */
export const left = (text: string, width: number): string => fill(cut(text, width), width, 'after')

/** Exactly `width` columns, filled on the left. */
export const right = (text: string, width: number): string => fill(cut(text, width), width, 'before')

const fill = (text: string, width: number, where: 'before' | 'after'): string => {
  const blank = ' '.repeat(Math.max(0, width - stringWidth(text)))
  return where === 'before' ? blank + text : text + blank
}

export const cutLine = (line: Line, width: number): Line => {
  const spans: Span[] = []
  let columns = 0
  for (const span of line) {
    const text = cut(span.text, width - columns)
    columns += stringWidth(text)
    if (text !== '') spans.push({ ...span, text })
    if (text !== span.text) break
  }
  return spans
}

export const paint = (line: Line, colours: boolean): string =>
  line
    .map(({ text, style }) =>
      // Whether there are colours is decided once, by the screen.
      colours && style !== undefined ? styleText(style, text, { validateStream: false }) : text,
    )
    .join('')
