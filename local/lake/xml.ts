/** XML of answers. */
import type { Answer, LakeRequest } from './request.ts'

/** `content` is XML already. */
export const element = (name: string, ...content: readonly string[]): string =>
  content.length === 0 ? `<${name} />` : `<${name}>${content.join('')}</${name}>`

/** An element with text; none where there is none. */
export const textElement = (name: string, value: string | number | undefined): string =>
  value === undefined ? '' : element(name, escapeXml(String(value)))

export const xmlDocument = (root: string): string => `<?xml version="1.0" encoding="utf-8"?>${root}`

/** The answer that lists something: `attributes` stand beside the endpoint, `content` is XML already. */
export const listAnswer = (
  { headers, account }: Pick<LakeRequest, 'headers' | 'account'>,
  attributes: Readonly<Record<string, string>>,
  ...content: readonly string[]
): Answer => {
  const all = { ServiceEndpoint: `http://${headers.host ?? ''}/${account}/`, ...attributes }
  const start = Object.entries(all).map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
  const body = xmlDocument(`<EnumerationResults${start.join('')}>${content.join('')}</EnumerationResults>`)
  return { status: 200, headers: { 'content-type': 'application/xml' }, body }
}

export const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!)

/** By name: not every client's parser knows numbers. */
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}
