/** What azd deploys without being told otherwise is the parameter set dev-public. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from './finding.ts'

/** Who, where and when are not the same for everybody: azd or the preprovision hook fills them in. */
const filledIn: Readonly<Record<string, string>> = {
  environmentName: 'AZURE_ENV_NAME',
  location: 'AZURE_LOCATION',
  principalId: 'AZURE_PRINCIPAL_ID',
  budgetStartDate: 'MILLRACE_BUDGET_START_DATE',
}

export const checkParameters = (root: string): Finding[] => {
  const azd = readAzdParameters(root)
  const set = readParameterSet(root, 'dev-public')
  const names = [...new Set([...azd.keys(), ...set.keys()])]
  return names.flatMap((name): Finding[] => {
    const given = azd.get(name)
    const variable = filledIn[name]
    const wanted = variable === undefined ? set.get(name) : ''
    const isRight =
      given !== undefined && given.default === wanted && (variable === undefined || given.variable === variable)
    if (isRight) return []
    const message = `${name}: dev-public has ${JSON.stringify(set.get(name))}, azd ${JSON.stringify(given?.default)}`
    return [{ rule: 'parameters-differ', where: 'infra/main.parameters.json', message }]
  })
}

interface AzdParameter {
  readonly variable: string
  readonly default: string
}

/** `${VARIABLE=default}` by parameter. */
export const readAzdParameters = (root: string): Map<string, AzdParameter> => {
  const { parameters } = JSON.parse(readFileSync(join(root, 'infra', 'main.parameters.json'), 'utf8')) as {
    parameters: Record<string, { value: string }>
  }
  return new Map(
    Object.entries(parameters).map(([name, { value }]) => {
      const [, variable = '', byDefault = ''] = /^\$\{(\w+)(?:=(.*))?\}$/.exec(value) ?? []
      return [name, { variable, default: byDefault }]
    }),
  )
}

/** The literals of a .bicepparam file, as text. */
const readParameterSet = (root: string, set: string): Map<string, string> => {
  const text = readFileSync(join(root, 'infra', 'params', `${set}.bicepparam`), 'utf8')
  return new Map(
    [...text.matchAll(/^param (\w+) = (?:'(.*)'|(\S+))$/gm)].map(([, name = '', quoted, plain = '']) => [
      name,
      quoted ?? plain,
    ]),
  )
}
