import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from './copy.ts'
import { readAzdParameters } from '../../infra/checks/parameters.ts'

const page = readFileSync(join(root, 'docs', 'operations.md'), 'utf8')
const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.trim().split('\n'))

/** Commands of azd and the Azure CLI with the options that this page may use; from their reference pages. */
const known: readonly RegExp[] = [
  /^azd auth login( --client-id \S+ --tenant-id \S+ --federated-credential-provider github)?$/,
  /^azd env new [a-z0-9-]+$/,
  /^azd env set \w+ \S+$/,
  /^azd env get-values$/,
  /^azd (up( --no-prompt)?|provision( --preview)?|deploy|show|down --purge|monitor --overview)$/,
  /^azd hooks run (preprovision|postprovision|postdeploy|predown)$/,
  /^az synapse sql pool (pause|resume) --name \S+ --workspace-name \S+ --resource-group \S+$/,
  /^az synapse workspace firewall-rule delete --name deployer --workspace-name \S+ --resource-group \S+$/,
  /^az resource invoke-action --action (suspend|resume) --ids \S+$/,
  /^az functionapp keys list --name \S+ --resource-group \S+$/,
  /^az functionapp keys (set|delete) --name \S+ --resource-group \S+ --key-type functionKeys --key-name \S+$/,
  /^az cosmosdb restore --target-database-account-name \S+ --account-name \S+ --resource-group \S+ --restore-timestamp \S+ --location \S+$/,
  /^az storage container restore --name \S+ --account-name \S+ --deleted-version \S+ --auth-mode login$/,
  /^npm run [\w:-]+( -- --dry-run)?$/,
]

test('every command of the operations page exists', () => {
  assert.ok(commands.length > 20)
  assert.deepEqual(
    commands.filter((command) => !known.some((pattern) => pattern.test(command))),
    [],
  )
})

test('every variable that the operations page sets is one of a parameter or of azd', () => {
  const variables = new Set([...readAzdParameters(root).values()].map(({ variable }) => variable))
  const set = commands.flatMap((command) => /^azd env set (\w+)/.exec(command)?.[1] ?? [])
  assert.deepEqual(
    set.filter((name) => !variables.has(name)),
    [],
  )
})

test('every hook that azd may be asked to run is one of azure.yaml', () => {
  const yaml = readFileSync(join(root, 'azure.yaml'), 'utf8')
  const hooks = commands.flatMap((command) => /^azd hooks run (\w+)/.exec(command)?.[1] ?? [])
  assert.deepEqual(
    hooks.filter((hook) => !yaml.includes(`\n  ${hook}:\n`)),
    [],
  )
})

test('every alert has a line in the operations page', () => {
  const bicep = readFileSync(join(root, 'infra', 'modules', 'alerts.bicep'), 'utf8')
  const names = [...bicep.matchAll(/^ {4}name: '([a-z-]+)'$/gm)].map(([, name = '']) => name)
  assert.equal(names.length, 5)
  assert.deepEqual(
    names.filter((name) => !page.includes(`| \`${name}\``)),
    [],
  )
})
