/** azure.yaml by schema, and against what it names: scripts, services, what is packaged. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { parse } from 'yaml'
import type { Finding } from './finding.ts'
import { at, ofType, type Snapshots } from './snapshot.ts'

const file = 'azure.yaml'

export const checkAzureYaml = (root: string, snapshots: Snapshots): Finding[] => {
  const yaml: unknown = parse(readFileSync(join(root, file), 'utf8'))
  const found = [...schemaErrors(yaml), ...missingScripts(yaml, root), ...ignoredModules(root)].map(
    ({ rule, message }) => ({ rule, where: file, message }),
  )
  return [...found, ...unmatchedServices(yaml, snapshots)]
}

const schemaErrors = (yaml: unknown): { rule: string; message: string }[] => {
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, 'azure-yaml.schema.json'), 'utf8')) as object
  const validate = new Ajv2019({ allErrors: true }).compile(schema)
  if (validate(yaml)) return []
  return (validate.errors ?? []).map(({ instancePath, keyword, message = '', params }) =>
    keyword === 'additionalProperties'
      ? {
          rule: 'unknown-azd-key',
          message: `${instancePath}/${String(at(params, 'additionalProperty'))} is no key of azd here`,
        }
      : { rule: 'azd-schema', message: `${instancePath} ${message}` },
  )
}

const missingScripts = (yaml: unknown, root: string): { rule: string; message: string }[] => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const named = [...JSON.stringify(yaml).matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name)
  return [...new Set(named)]
    .filter((name) => scripts[name] === undefined)
    .map((name) => ({ rule: 'missing-hook', message: `package.json has no script ${name}` }))
}

/** azd refuses remoteBuild: false beside a .funcignore that leaves node_modules out. */
const ignoredModules = (root: string): { rule: string; message: string }[] =>
  readFileSync(join(root, '.funcignore'), 'utf8')
    .split(/\r?\n/)
    .some((line) => /^\/?node_modules\/?$/.test(line.trim()))
    ? [{ rule: 'azd-schema', message: '.funcignore leaves node_modules out, which azd refuses without a remote build' }]
    : []

const unmatchedServices = (yaml: unknown, snapshots: Snapshots): Finding[] =>
  [...snapshots].flatMap(([set, snapshot]) => {
    const tagged = ofType(snapshot, 'Microsoft.Web/sites')
      .map((site) => String(at(site, 'tags.azd-service-name')))
      .sort()
    const services = Object.keys(at(yaml, 'services') ?? {}).sort()
    return JSON.stringify(tagged) === JSON.stringify(services)
      ? []
      : [
          {
            rule: 'azd-service',
            where: set,
            message: `azure.yaml deploys ${services.join(', ')}, tagged are ${tagged.join(', ')}`,
          },
        ]
  })
