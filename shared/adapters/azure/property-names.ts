/**
 * Application properties under the names that the Functions host delivers them by, its first letters in lower case at every
 * level (Azure/azure-functions-nodejs-library, trigger metadata): an event must read the same whichever way it comes.
 */
export const asDelivered = (properties: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [lowerFirst(name), deeper(value)]))

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

const deeper = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(deeper)
  return isPlain(value) ? asDelivered(value) : value
}

/** Not a date, not bytes. */
const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
