import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DefinitionVersions } from '../../shared/contracts/state-documents.ts'
import { relateDefinitions } from '../../shared/core/definition-versions.ts'

const stored: DefinitionVersions = {
  rules: { version: 2, hash: 'r' },
  rollups: { pages: { version: 1, hash: 'p' }, places: { version: 3, hash: 'q' } },
}

const app = (
  rules: Partial<DefinitionVersions['rules']>,
  rollups: Record<string, { version: number; hash: string } | undefined> = {},
): DefinitionVersions => ({
  rules: { ...stored.rules, ...rules },
  rollups: Object.fromEntries(
    Object.entries({ ...stored.rollups, ...rollups }).flatMap(([name, rollup]) =>
      rollup === undefined ? [] : [[name, rollup]],
    ),
  ),
})

test('a definition with a raised version is newer, and names the rollups that begin with it', () => {
  const relation = relateDefinitions(stored, app({}, { pages: { version: 2, hash: 'x' } }))
  assert.deepEqual(relation, { kind: 'newer', began: ['pages'] })
  assert.deepEqual(relateDefinitions(stored, app({ version: 3, hash: 'x' })), { kind: 'newer', began: [] })
  const added = app({ version: 3 }, { revenue: { version: 1, hash: 'n' }, places: undefined })
  assert.deepEqual(relateDefinitions(stored, added), { kind: 'newer', began: ['revenue'] })
})

test('seen from the other side, the same change is older', () => {
  const newer = app({}, { pages: { version: 2, hash: 'x' } })
  assert.deepEqual(relateDefinitions(newer, stored), { kind: 'older' })
  assert.deepEqual(relateDefinitions(app({ version: 3 }, { revenue: { version: 1, hash: 'n' } }), stored), {
    kind: 'older',
  })
})

test('equal definitions are the same, whatever their hubs', () => {
  assert.deepEqual(relateDefinitions(stored, structuredClone(stored)), { kind: 'same' })
})

test('what was changed without raising its version is named, everything at once', () => {
  const relation = relateDefinitions(
    stored,
    app({ hash: 'x' }, { pages: { version: 1, hash: 'x' }, revenue: { version: 1, hash: 'n' } }),
  )
  assert.deepEqual(relation, {
    kind: 'unclear',
    problems: [
      'version: raise it to 3, for what it stands for was changed',
      'rollups.pages.version: raise it to 2, for what it stands for was changed',
      'version: raise it, rollup revenue was added or removed',
    ],
  })
})

test('a definition that is newer in one part and older in another is refused', () => {
  const relation = relateDefinitions(stored, app({ version: 3, hash: 'x' }, { places: { version: 2, hash: 'y' } }))
  assert.deepEqual(relation, {
    kind: 'unclear',
    problems: ['one part is newer and another older than what has counted so far'],
  })
})
