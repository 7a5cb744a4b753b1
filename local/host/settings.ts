/** App settings as bindings refer to them. */

/** `%NAME%` in a binding's text stands for that setting. Throws where it is not set. */
export const resolveText = (text: string, settings: Settings, where: string): string =>
  text.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = settings[name]
    if (value === undefined) throw new Error(`${where}: the setting ${name} is not set.`)
    return value
  })

export type Settings = Readonly<Record<string, string | undefined>>

/** The connection string that a binding's `connection` names. */
export const connectionString = (name: unknown, settings: Settings, where: string): string => {
  if (typeof name !== 'string' || name === '') throw new Error(`${where}: connection: expected the name of a setting.`)
  const value = settings[name]
  if (value === undefined || value === '') {
    throw new Error(
      `${where}: the setting ${name} is not set. Expected a connection string: locally there is no identity to sign in with.`,
    )
  }
  return value
}
