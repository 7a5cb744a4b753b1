/** The settings as a type, made from their one description: what Bicep sets is compared with it, and the docs are made from it. */
import { ObjectTypePropertyFlags as Flags, TypeFactory, type ObjectTypeProperty, type TypeReference } from 'bicep-types'
import { settingDescriptions, type SettingDescription } from '../../shared/config.ts'
import { typesOf, type ResolvedType } from './azure-types.ts'
import type { Finding } from './finding.ts'
import { at, ofType, ownName, type Snapshots } from './snapshot.ts'
import { mismatches, type Mismatch } from './type-check.ts'
import { valueOfJson } from './value.ts'

/** An object that has exactly the settings of the deployed app, each required. */
export const azureSettingsType = (): ResolvedType => {
  const factory = new TypeFactory()
  const properties = settingDescriptions
    .filter(({ setInAzure }) => setInAzure)
    .map((setting): readonly [string, ObjectTypeProperty] => [
      setting.name,
      { type: valueType(factory, setting), flags: Flags.Required, description: setting.description },
    ])
  const body = factory.addObjectType('appsettings', Object.fromEntries(properties))
  return typesOf(factory.types, factory.lookupType(body))
}

const valueType = (factory: TypeFactory, { type, choices }: SettingDescription): TypeReference => {
  const oneOf = (values: readonly string[]): TypeReference =>
    factory.addUnionType(values.map((value) => factory.addStringLiteralType(value)))
  const text = (pattern?: string): TypeReference => factory.addStringType(undefined, 1, undefined, pattern)
  switch (type) {
    case 'choice':
      return oneOf(choices ?? [])
    case 'boolean':
      return oneOf(['true', 'false'])
    case 'host name':
      return text('^[a-z0-9][a-z0-9.-]+$')
    case 'URL':
      return text('^https://')
    case 'authentication':
      return text('(^|;)Authorization=AAD(;|$)')
    case 'client id':
    case 'connection string':
      return text()
  }
}

const ruleNames: Readonly<Partial<Record<Mismatch['rule'], string>>> = {
  'missing-value': 'missing-setting',
  'unknown-property': 'unknown-setting',
}

export const checkSettings = (snapshots: Snapshots): Finding[] => {
  const wanted = azureSettingsType()
  return [...snapshots].flatMap(([set, snapshot]) =>
    ofType(snapshot, 'Microsoft.Web/sites/config')
      .filter((config) => ownName(config) === 'appsettings')
      .flatMap((config) =>
        mismatches(valueOfJson(at(config, 'properties')), wanted).map(({ rule, path, message }) => ({
          rule: ruleNames[rule] ?? 'wrong-setting',
          where: `${set}: app settings${path === '' ? '' : ` ${path}`}`,
          message: rule === 'unknown-property' ? 'shared/config.ts does not describe it, so nothing reads it' : message,
        })),
      ),
  )
}
