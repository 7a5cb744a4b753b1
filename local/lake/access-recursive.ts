/** Access control lists of a directory and everything under it, in one change. */
import { changeAcl, type AclMode } from './access.ts'
import { invalidQuery, missingHeader } from './errors.ts'
import { requireChangeablePath } from './paths.ts'
import { header, type Answer, type LakeRequest } from './request.ts'
import { touch } from './tree.ts'

export const setAccessControlRecursive = (request: LakeRequest): Answer => {
  const { store } = request
  const mode = request.query.get('mode')
  if (!isMode(mode)) throw invalidQuery('mode', 'set, modify or remove')
  const acl = header(request, 'x-ms-acl')
  if (acl === undefined) throw missingHeader('x-ms-acl')
  const changed = store.change(() => {
    const top = requireChangeablePath(request)
    const all = top.isDirectory ? [top, ...store.paths.under(top)] : [top]
    for (const record of all) {
      touch(request, { ...record, access: changeAcl(record.access, mode, acl, record.isDirectory) })
    }
    return all
  })
  const directories = changed.filter(({ isDirectory }) => isDirectory).length
  return {
    status: 200,
    headers: { 'content-type': 'application/json;charset=utf-8' },
    body: JSON.stringify({
      directoriesSuccessful: directories,
      failedEntries: [],
      failureCount: 0,
      filesSuccessful: changed.length - directories,
    }),
  }
}

const isMode = (mode: string | undefined): mode is AclMode => ['set', 'modify', 'remove'].includes(mode ?? '')
