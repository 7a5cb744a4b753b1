/** XML of answers. */

/** `content` is XML already. */
export const element = (name: string, ...content: readonly string[]): string =>
  content.length === 0 ? `<${name} />` : `<${name}>${content.join('')}</${name}>`

/** An element with text; none where there is none. */
export const textElement = (name: string, value: string | number | undefined): string =>
  value === undefined ? '' : element(name, escapeXml(String(value)))

export const xmlDocument = (root: string): string => `<?xml version="1.0" encoding="utf-8"?>${root}`

export const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!)

/** By name: not every client's parser knows numbers. */
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}
