/**
 * Owners, permissions and access control lists of paths ("Access control lists in Azure Data Lake Storage"): kept and
 * returned. Nobody is refused by them: whoever has the account key is the superuser, as in Azure.
 */
import { invalidHeader, LakeError } from './errors.ts'

export interface Access {
  readonly owner: string
  readonly group: string
  readonly sticky: boolean
  readonly acl: readonly AclEntry[]
}

export interface AclEntry {
  /** For what is made in the directory, not for the directory itself. */
  readonly isDefault: boolean
  readonly type: 'user' | 'group' | 'mask' | 'other'
  /** Object id; '': the owning user or group, the mask, or everybody else. */
  readonly id: string
  /** Such as `r-x`. */
  readonly permissions: string
}

/** What a request says about access; undefined: it does not. */
export interface AccessChange {
  readonly owner?: string | undefined
  readonly group?: string | undefined
  readonly permissions?: string | undefined
  readonly acl?: string | undefined
}

export const superuser = '$superuser'
const defaultUmask = 0o027

/** `umask` in octal; it takes away from `permissions` too, and from an `acl` nothing. */
export const newAccess = (isDirectory: boolean, change: AccessChange, umask: string | undefined): Access => {
  const mask = umask === undefined ? defaultUmask : parseOctal(umask, 'x-ms-umask')
  const { mode, sticky } =
    change.permissions === undefined
      ? { mode: isDirectory ? 0o777 : 0o666, sticky: false }
      : parsePermissions(change.permissions)
  const access = { owner: superuser, group: superuser, sticky, acl: entriesOfMode(mode & ~mask) }
  return changeAccess(access, { ...change, permissions: undefined })
}

export const changeAccess = (access: Access, change: AccessChange): Access => {
  if (change.permissions !== undefined && change.acl !== undefined) {
    throw new LakeError(
      400,
      'InvalidInput',
      'Permissions and an access control list cannot be set in one request: x-ms-permissions and x-ms-acl.',
    )
  }
  const { owner = access.owner, group = access.group } = change
  const changed = { ...access, owner, group }
  if (change.permissions !== undefined) {
    const { mode, sticky } = parsePermissions(change.permissions)
    const base = entriesOfMode(mode)
    return { ...changed, sticky, acl: [...base, ...access.acl.filter((entry) => !base.some((b) => isSame(b, entry)))] }
  }
  return change.acl === undefined ? changed : { ...changed, acl: completed(parseAcl(change.acl), access.acl) }
}

export type AclMode = 'set' | 'modify' | 'remove'

/** For a file, entries that are for directories alone (`default:`) do not count. */
export const changeAcl = (access: Access, mode: AclMode, acl: string, isDirectory: boolean): Access => {
  const given = parseAcl(acl, mode === 'remove').filter(({ isDefault }) => isDirectory || !isDefault)
  const others = access.acl.filter((entry) => !given.some((one) => isSame(one, entry)))
  if (mode === 'set') return { ...access, acl: completed(given, access.acl) }
  return { ...access, acl: mode === 'modify' ? [...others, ...given] : completed(others, access.acl) }
}

/** Such as `rwxr-x---`, with a `+` where the list has more than that tells. */
export const permissionsOf = ({ acl, sticky }: Access): string => {
  const of = (type: AclEntry['type']): string | undefined =>
    acl.find((entry) => !entry.isDefault && entry.type === type && entry.id === '')?.permissions
  const other = of('other') ?? '---'
  const last = sticky ? `${other.slice(0, 2)}${other.endsWith('x') ? 't' : 'T'}` : other
  const isExtended = acl.some(({ isDefault, id }) => isDefault || id !== '')
  return `${of('user') ?? '---'}${of('mask') ?? of('group') ?? '---'}${last}${isExtended ? '+' : ''}`
}

export const aclText = ({ acl }: Access): string =>
  acl
    .map(({ isDefault, type, id, permissions }) => `${isDefault ? 'default:' : ''}${type}:${id}:${permissions}`)
    .join(',')

/** A list without one of the three base entries keeps those that were. */
const completed = (given: readonly AclEntry[], before: readonly AclEntry[]): readonly AclEntry[] => {
  const missing = before.filter(
    (entry) => !entry.isDefault && entry.id === '' && entry.type !== 'mask' && !given.some((one) => isSame(one, entry)),
  )
  return [...missing, ...given]
}

const isSame = (a: AclEntry, b: AclEntry): boolean => a.isDefault === b.isDefault && a.type === b.type && a.id === b.id

const parseAcl = (text: string, withoutPermissions = false): readonly AclEntry[] =>
  text.split(',').map((entry) => {
    const [, isDefault, type, id = '', permissions = '---'] =
      /^(default:)?(user|group|mask|other):([^:,]*)(?::([r-][w-][x-]))?$/.exec(entry.trim()) ?? []
    if (type === undefined || (!withoutPermissions && !/:[r-][w-][x-]$/.test(entry.trim()))) {
      throw invalidHeader('x-ms-acl', 'a comma-separated list of [default:]user|group|mask|other:[id]:rwx')
    }
    return { isDefault: isDefault !== undefined, type: type as AclEntry['type'], id, permissions }
  })

/** `0750`, `750` or `rwxr-x---`, with `t` or `T` at its end for the sticky bit. */
const parsePermissions = (text: string): { readonly mode: number; readonly sticky: boolean } => {
  if (/^[0-7]{3,4}$/.test(text)) {
    const value = parseOctal(text, 'x-ms-permissions')
    return { mode: value & 0o777, sticky: (value & 0o1000) !== 0 }
  }
  if (!/^([r-][w-][x-]){2}[r-][w-][xtT-]\+?$/.test(text)) {
    throw invalidHeader('x-ms-permissions', 'such as 0750 or rwxr-x---')
  }
  const mode = [...text.slice(0, 9)].reduce((bits, character) => (bits << 1) | (/[rwxt]/.test(character) ? 1 : 0), 0)
  return { mode, sticky: /[tT]/.test(text) }
}

const parseOctal = (text: string, name: string): number => {
  if (!/^[0-7]{3,4}$/.test(text)) throw invalidHeader(name, 'three or four octal digits')
  return Number.parseInt(text, 8)
}

const entriesOfMode = (mode: number): readonly AclEntry[] =>
  (['user', 'group', 'other'] as const).map((type, index) => {
    const bits = (mode >> (6 - 3 * index)) & 7
    const permissions = `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${bits & 1 ? 'x' : '-'}`
    return { isDefault: false, type, id: '', permissions }
  })
