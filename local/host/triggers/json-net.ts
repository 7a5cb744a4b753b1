/** JSON as .NET (Json.NET with its defaults) reads and writes it again on its way to a function. */

const date = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?(Z|[+-]\d\d:\d\d)?$/

/** Texts that look like dates are taken for dates: zeros at the end go, and an offset becomes that of the host, UTC. */
export const throughJsonNet = (text: string): unknown =>
  JSON.parse(text, (_, value: unknown) => (typeof value === 'string' ? rewritten(value) : value))

const rewritten = (text: string): string => {
  const match = date.exec(text)
  if (match === null || Number.isNaN(Date.parse(text))) return text
  const [, local = '', fraction = '', zone = ''] = match
  const digits = fraction.replace(/0+$/, '')
  const shortened = digits === '' ? '' : `.${digits}`
  if (zone === '' || zone === 'Z') return `${local}${shortened}${zone}`
  return `${new Date(`${local}${zone}`).toISOString().slice(0, 19)}${shortened}+00:00`
}
