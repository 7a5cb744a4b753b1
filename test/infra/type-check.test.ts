import assert from 'node:assert/strict'
import { ObjectTypePropertyFlags as Flags, TypeFactory, type TypeReference } from 'bicep-types'
import { test } from 'node:test'
import { typesOf } from '../../infra/checks/azure-types.ts'
import { createBicepReader } from '../../infra/checks/bicep-source.ts'
import { mismatches } from '../../infra/checks/type-check.ts'
import { valueOfJson } from '../../infra/checks/value.ts'
import { root } from './copy.ts'

const factory = new TypeFactory()
const literal = (value: string): TypeReference => factory.addStringLiteralType(value)
const property = (type: TypeReference, flags = Flags.None) => ({ type, flags })
const body = factory.addObjectType('body', {
  name: property(factory.addStringType(undefined, 3, 5, '^[a-z]+$'), Flags.Required | Flags.Identifier),
  size: property(factory.addIntegerType(1, 10)),
  isOn: property(factory.addBooleanType()),
  closed: property(factory.addUnionType([literal('A'), literal('B')])),
  open: property(factory.addUnionType([literal('A'), factory.addStringType()])),
  state: property(factory.addStringType(), Flags.ReadOnly),
  list: property(factory.addArrayType(factory.addStringType(), 1, 2)),
  tags: property(factory.addObjectType('tags', {}, factory.addStringType())),
  rule: property(
    factory.addDiscriminatedObjectType(
      'rule',
      'kind',
      { kind: property(factory.addStringType(), Flags.Required) },
      {
        ftp: factory.addObjectType('ftp', { allow: property(factory.addBooleanType(), Flags.Required) }),
      },
    ),
  ),
  anything: property(factory.addAnyType()),
})
const type = typesOf(factory.types, factory.lookupType(body))
const found = (json: object): string[] =>
  mismatches(valueOfJson(json), type).map(({ rule, path, message }) => `${rule} ${path}: ${message}`)

const cases: readonly (readonly [title: string, json: object, expected: readonly string[]])[] = [
  [
    'what fits',
    {
      name: 'abc',
      size: 3,
      isOn: true,
      closed: 'A',
      list: ['x'],
      tags: { any: 'text' },
      rule: { kind: 'ftp', allow: false },
      anything: [1, {}],
    },
    [],
  ],
  ['expressions and nothing are passed over', { name: '[guid()]', size: '[x]', closed: null }, []],
  ['a required value that is missing', {}, ['missing-value : name is required']],
  ['a name of the wrong length', { name: 'ab' }, ['out-of-range name: expected 3 to 5 characters, got 2']],
  ['a name of the wrong pattern', { name: 'ABC' }, ['out-of-range name: expected the pattern ^[a-z]+$']],
  [
    'a wrong case, with the right one',
    { name: 'abc', ison: true },
    ['unknown-property ison: there is no such property; it is spelled isOn'],
  ],
  ['a number out of range', { name: 'abc', size: 11 }, ['out-of-range size: expected 1 to 10, got 11']],
  ['another type', { name: 'abc', isOn: 'true' }, ['wrong-type isOn: expected true or false, got "true"']],
  [
    'no member of a closed enumeration',
    { name: 'abc', closed: 'C' },
    ['wrong-enum closed: expected "A", "B", got "C"'],
  ],
  [
    'no member of an open one, which the compiler passes over',
    { name: 'abc', open: 'C' },
    ['wrong-enum open: expected "A", got "C"'],
  ],
  [
    'what Azure alone sets',
    { name: 'abc', state: 'x' },
    ['read-only-property state: Azure sets it, a template may not'],
  ],
  [
    'a list that is too long, with a wrong item',
    { name: 'abc', list: ['a', 'b', 3] },
    ['out-of-range list: expected 1 to 2 items', 'wrong-type list.2: expected a text, got 3'],
  ],
  ['a wrong value among free keys', { name: 'abc', tags: { a: 1 } }, ['wrong-type tags.a: expected a text, got 1']],
  ['an unknown kind', { name: 'abc', rule: { kind: 'scm' } }, ['wrong-enum rule: kind: expected "ftp", got "scm"']],
  ['a kind without what it needs', { name: 'abc', rule: { kind: 'ftp' } }, ['missing-value rule: allow is required']],
]

for (const [title, json, expected] of cases) {
  test(`against a type: ${title}`, () => {
    assert.deepEqual(found(json), expected)
  })
}

const source = `
param isLarge bool

resource hub 'Microsoft.X/hubs@2024-01-01' = [for i in range(0, 2): if (isLarge) {
  parent: other
  name: 'hub'
  tags: { '\${i}': 'x' }
  properties: {
    size: isLarge ? 3 : { nested: -1 }
    'quoted.key': null
  }
  dependsOn: [other]
  resource group 'groups' = {
    name: 'g'
  }
}]

resource other 'Microsoft.X/others@2024-01-01' existing = {
  name: 'o'
}
`

test('resources are read with their loops, conditions, branches and children', async () => {
  const { resources, unparsed } = (await createBicepReader(root))(source)
  assert.deepEqual(unparsed, [])
  assert.deepEqual(
    resources.map(({ type: name, version, line, isExisting }) => [name, version, line, isExisting]),
    [
      ['Microsoft.X/hubs', '2024-01-01', 4, false],
      ['Microsoft.X/hubs/groups', '2024-01-01', 13, false],
      ['Microsoft.X/others', '2024-01-01', 18, true],
    ],
  )
  const hub = resources[0]!.body
  assert.ok(hub.kind === 'object')
  assert.deepEqual(
    hub.properties.map(({ name, line }) => [name, line]),
    [
      ['name', 6],
      ['tags', 7],
      ['properties', 8],
    ],
  )
  const [, tags, properties] = hub.properties
  assert.ok(tags?.value.kind === 'object' && tags.value.isOpen)
  assert.ok(properties?.value.kind === 'object')
  const [size, quoted] = properties.value.properties
  assert.ok(size?.value.kind === 'either' && size.value.values[1]?.kind === 'object')
  assert.deepEqual([quoted?.name, quoted?.value.kind === 'literal' && quoted.value.value], ['quoted.key', null])
})

test('what does not parse is named by its line', async () => {
  const read = await createBicepReader(root)
  assert.deepEqual(read('param a string\nvar b = {\n  ...a\n}\n').unparsed, [3])
})
