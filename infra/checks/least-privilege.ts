/** Who may do what on what: every right in Millrace, compared in both directions with what the templates assign. */
import type { Finding } from './finding.ts'
import { at, ofType, type Resource, type Snapshot, type Snapshots } from './snapshot.ts'

export interface Right {
  readonly principal: 'app' | 'capture' | 'synapse' | 'deployer'
  readonly role: string
  /** Resource type with the part of its name that tells it from others of the type, and what lies below it. */
  readonly scope: string
  /** Type of the resource without which the right is not given. */
  readonly onlyWith?: string
}

const synapseType = 'Microsoft.Synapse/workspaces'

/** Double entry: written down here once more, and apart from the templates, so that a wider right needs two edits. */
export const rights: readonly Right[] = [
  { principal: 'app', role: 'Storage Blob Data Owner', scope: 'sthost' },
  { principal: 'app', role: 'Storage Queue Data Contributor', scope: 'sthost' },
  { principal: 'app', role: 'Storage Table Data Contributor', scope: 'sthost' },
  { principal: 'app', role: 'Azure Event Hubs Data Receiver', scope: 'evhns-' },
  { principal: 'app', role: 'Azure Event Hubs Data Sender', scope: 'evhns-' },
  { principal: 'app', role: 'Monitoring Metrics Publisher', scope: 'appi-' },
  { principal: 'app', role: 'Storage Blob Data Reader', scope: 'stlake/raw' },
  { principal: 'app', role: 'Storage Blob Data Contributor', scope: 'stlake/dead-letters' },
  { principal: 'capture', role: 'Storage Blob Data Contributor', scope: 'stlake' },
  { principal: 'app', role: 'Cosmos DB Data Contributor', scope: 'dbs/millrace' },
  { principal: 'synapse', role: 'Storage Blob Data Contributor', scope: 'stlake', onlyWith: synapseType },
  { principal: 'deployer', role: 'Storage Blob Data Contributor', scope: 'stlake/code', onlyWith: synapseType },
  {
    principal: 'synapse',
    role: 'Cosmos DB Data Contributor',
    scope: 'dbs/millrace/colls/serving',
    onlyWith: synapseType,
  },
  {
    principal: 'synapse',
    role: 'Cosmos DB Data Contributor',
    scope: 'dbs/millrace/colls/control',
    onlyWith: synapseType,
  },
  { principal: 'synapse', role: 'Cosmos DB Data Reader', scope: 'dbs/millrace/colls/reference', onlyWith: synapseType },
  { principal: 'app', role: 'Key Vault Secrets User', scope: 'kv-', onlyWith: 'Microsoft.KeyVault/vaults' },
  {
    principal: 'app',
    role: 'Millrace capacity keeper',
    scope: 'resource group',
    onlyWith: 'Microsoft.Authorization/roleDefinitions',
  },
]

/** From https://learn.microsoft.com/azure/role-based-access-control/built-in-roles. */
const roleNames: Readonly<Record<string, string>> = {
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b': 'Storage Blob Data Owner',
  'ba92f5b4-2d11-453d-a403-e96b0029c9fe': 'Storage Blob Data Contributor',
  '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1': 'Storage Blob Data Reader',
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88': 'Storage Queue Data Contributor',
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3': 'Storage Table Data Contributor',
  'a638d3c7-ab3a-418d-83e6-5f17a39d4fde': 'Azure Event Hubs Data Receiver',
  '2b629674-e913-4c01-ae53-ef4638d8f975': 'Azure Event Hubs Data Sender',
  'f526a384-b230-433a-b45c-95f59c4a2dec': 'Azure Event Hubs Data Owner',
  '3913510d-42f4-4e42-8a64-420c390055eb': 'Monitoring Metrics Publisher',
  '4633458b-17de-408a-b874-0445c86b69e6': 'Key Vault Secrets User',
  '00000000-0000-0000-0000-000000000001': 'Cosmos DB Data Reader',
  '00000000-0000-0000-0000-000000000002': 'Cosmos DB Data Contributor',
  '8e3af657-a8ff-443c-a75c-2fe8c4bcb635': 'Owner',
  'b24988ac-6180-42a0-ab88-20f7382dd24c': 'Contributor',
  '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9': 'User Access Administrator',
  'f58310d9-a9f6-439a-9e8d-f62e7b41a168': 'Role Based Access Control Administrator',
}

/** They rule over everything: no principal of Millrace has one of them. */
const ownerRoles = ['Owner', 'Contributor', 'User Access Administrator', 'Role Based Access Control Administrator']

export const checkLeastPrivilege = (snapshots: Snapshots): Finding[] =>
  [...snapshots].flatMap(([set, snapshot]) => {
    const given = rightsOf(snapshot)
    const due = rights.filter(({ onlyWith }) => onlyWith === undefined || ofType(snapshot, onlyWith).length > 0)
    const missing = due.filter((right) => !given.some((one) => isSame(one, right)))
    const extra = given.filter((right) => !due.some((one) => isSame(one, right)))
    return [
      ...missing.map((right) => ({ rule: 'missing-role', where: set, message: `${describe(right)} is not assigned` })),
      ...extra.map((right) => ({
        rule: ruleFor(right, due),
        where: set,
        message: `${describe(right)} is more than is needed`,
      })),
      ...ofType(snapshot, 'Microsoft.Authorization/roleAssignments')
        .filter((assignment) => at(assignment, 'properties.principalType') === undefined)
        .map(() => ({
          rule: 'principal-type',
          where: set,
          message: 'a role assignment does not say what kind of principal it is for',
        })),
    ]
  })

const ruleFor = (right: GivenRight, due: readonly Right[]): string => {
  if (ownerRoles.includes(right.role)) return 'owner-role'
  const isWider = due.some(
    ({ principal, role, scope }) => principal === right.principal && (role === right.role || scope === right.scope),
  )
  return isWider ? 'role-too-wide' : 'unexpected-role'
}

interface GivenRight {
  readonly principal: string
  readonly role: string
  readonly scope: string
}

const isSame = (a: GivenRight, b: GivenRight): boolean =>
  a.principal === b.principal && a.role === b.role && a.scope === b.scope

const describe = ({ principal, role, scope }: GivenRight): string => `${role} of ${principal} on ${scope}`

/** The matrix of one parameter set. */
export const rightsOf = (snapshot: Snapshot): GivenRight[] => [
  ...ofType(snapshot, 'Microsoft.Authorization/roleAssignments').map((assignment) => ({
    principal: principalOf(assignment),
    role: roleOf(assignment, snapshot),
    scope: armScope(assignment),
  })),
  ...ofType(snapshot, 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments').map((assignment) => ({
    principal: principalOf(assignment),
    role: roleOf(assignment, snapshot),
    scope: String(at(assignment, 'properties.scope')).replace(/^.*\/databaseAccounts\/[^/]+\//, ''),
  })),
]

/** An output of the module that made the principal, or the id of who deploys. */
const principalOf = (assignment: Resource): string => {
  const id = String(at(assignment, 'properties.principalId'))
  return /outputs\.(\w+)PrincipalId\.value/.exec(id)?.[1] ?? (/^[0-9a-f-]{36}$/.test(id) ? 'deployer' : id)
}

const roleOf = (assignment: Resource, snapshot: Snapshot): string => {
  const guid = String(at(assignment, 'properties.roleDefinitionId')).split('/').at(-1) ?? ''
  const custom = ofType(snapshot, 'Microsoft.Authorization/roleDefinitions').find(({ name }) => name === guid)
  if (custom !== undefined) return String(at(custom, 'properties.roleName')).replace(/ \S+$/, '')
  return roleNames[guid] ?? guid
}

/** The id begins with what the role is on, as an argument of an expression or plainly. */
const armScope = ({ id }: Resource): string => {
  const target = (/'(\/subscriptions\/[^']+)'/.exec(id)?.[1] ?? id).replace(
    /\/providers\/Microsoft\.Authorization\/.*$/,
    '',
  )
  const [, type, name = '', below] = /\/providers\/(Microsoft\.\w+\/\w+)\/([^/]+)(?:\/.*\/([^/]+))?$/.exec(target) ?? []
  if (type === undefined) return 'resource group'
  const prefix = /^(?:\w+-|sthost|stlake)/.exec(name)?.[0] ?? name
  return below === undefined ? prefix : `${prefix}/${below}`
}
