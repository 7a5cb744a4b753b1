import { readFileSync } from 'node:fs'

/** The object in a JSON file. Throws naming the file where it is missing or holds something else. */
export const readJsonFile = (file: string): Readonly<Record<string, unknown>> => {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new Error(`${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${file}: expected a JSON object.`)
  }
  return value as Readonly<Record<string, unknown>>
}
