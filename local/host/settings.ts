/** App settings as bindings refer to them. */

export type Settings = Readonly<Record<string, string | undefined>>

/** `%NAME%` in a binding's text stands for that setting. Throws where it is not set. */
export const resolveText = (text: string, settings: Settings, where: string): string =>
  text.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = settingOf(name, settings)
    if (value === undefined) throw new Error(`${where}: the setting ${name} is not set.`)
    return value
  })

/** Every text in a binding, resolved. */
export const resolveBinding = <T>(value: T, settings: Settings, where: string): T => {
  if (typeof value === 'string') return resolveText(value, settings, where) as T
  if (Array.isArray(value)) return value.map((item: unknown) => resolveBinding(item, settings, where)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolveBinding(item as unknown, settings, where)]),
  ) as T
}

/** The connection string that a binding's `connection` names. */
export const connectionString = (name: unknown, settings: Settings, where: string): string => {
  if (typeof name !== 'string' || name === '') throw new Error(`${where}: connection: expected the name of a setting.`)
  const value = settingOf(name, settings)
  if (value !== undefined && value !== '') return value
  const byIdentity = Object.keys(settings).find((key) => key.toLowerCase().startsWith(`${name.toLowerCase()}__`))
  const found = byIdentity === undefined ? '' : ` ${byIdentity} is, which signs in with an identity.`
  throw new Error(
    `${where}: the setting ${name} is not set.${found} Expected a connection string: locally there is no identity to sign in with.`,
  )
}

/** Names are compared as .NET does: without regard to case, `:` and `__` alike. */
const settingOf = (name: string, settings: Settings): string | undefined => {
  if (settings[name] !== undefined) return settings[name]
  const wanted = normalized(name)
  const found = Object.keys(settings).find((key) => normalized(key) === wanted)
  return found === undefined ? undefined : settings[found]
}

const normalized = (name: string): string => name.toLowerCase().replaceAll(':', '__')
