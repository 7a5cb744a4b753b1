/** App settings that stand for values of host.json, as the Functions host reads them: AzureFunctionsJobHost__<path>. */

const prefix = 'azurefunctionsjobhost__'

export type JsonObject = Readonly<Record<string, unknown>>

/** host.json with the settings' values in their places. Names are compared without case, as .NET configuration does. */
export const withOverrides = (
  hostJson: JsonObject,
  settings: Readonly<Record<string, string | undefined>>,
): JsonObject =>
  Object.entries(settings).reduce<JsonObject>((json, [name, value]) => {
    if (value === undefined || !name.toLowerCase().startsWith(prefix)) return json
    return withValue(json, name.slice(prefix.length).split('__'), plainValue(value))
  }, hostJson)

const withValue = (json: JsonObject, [name = '', ...rest]: readonly string[], value: unknown): JsonObject => {
  const known = Object.keys(json).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name
  const below = json[known]
  const isObject = typeof below === 'object' && below !== null && !Array.isArray(below)
  return { ...json, [known]: rest.length === 0 ? value : withValue(isObject ? (below as JsonObject) : {}, rest, value) }
}

/** A setting is a text: numbers and booleans are told by their form. */
const plainValue = (text: string): unknown => {
  if (/^-?\d+$/.test(text)) return Number(text)
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  return text
}
