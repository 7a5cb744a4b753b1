/** Hubs equal to the streams, containers equal to their one description. */
import { isDeepStrictEqual } from 'node:util'
import { containers, databaseName } from '../../shared/contracts/containers.ts'
import type { Finding } from './finding.ts'
import { at, ofType, ownName, type Resource, type Snapshot, type Snapshots } from './snapshot.ts'

export interface StreamHub {
  readonly name: string
  readonly hub: { readonly partitions: number; readonly retention: string }
}

/** Of the ingest trigger, and of direct reads. */
const consumerGroups = ['millrace', 'repair']

export const checkHubs = (snapshots: Snapshots, streams: readonly StreamHub[]): Finding[] =>
  [...snapshots].flatMap(([set, snapshot]) => {
    const hubs = new Map(ofType(snapshot, 'Microsoft.EventHub/namespaces/eventhubs').map((hub) => [ownName(hub), hub]))
    const missing = streams.filter(({ name }) => !hubs.has(name))
    const left = [...hubs.keys()].filter((name) => !streams.some((stream) => stream.name === name))
    return [
      ...missing.map(({ name }) => ({ rule: 'missing-hub', where: set, message: `the stream ${name} has none` })),
      ...left.map((name) => ({ rule: 'unknown-hub', where: set, message: `no stream is called ${name}` })),
      ...streams.flatMap((stream) =>
        wrongHub(snapshot, hubs.get(stream.name), stream).map((message) => ({
          rule: 'wrong-hub',
          where: `${set}: ${stream.name}`,
          message,
        })),
      ),
    ]
  })

const wrongHub = (snapshot: Snapshot, hub: Resource | undefined, { hub: wanted }: StreamHub): string[] => {
  if (hub === undefined) return []
  const groups = ofType(snapshot, 'Microsoft.EventHub/namespaces/eventhubs/consumergroups')
    .filter(({ name }) => name.startsWith(`${hub.name}/`))
    .map(ownName)
  const [partitions, hours] = [
    at(hub, 'properties.partitionCount'),
    at(hub, 'properties.retentionDescription.retentionTimeInHours'),
  ]
  return [
    ...(partitions === wanted.partitions
      ? []
      : [`expected ${wanted.partitions} partitions, got ${String(partitions)}`]),
    ...(hours === hoursOf(wanted.retention)
      ? []
      : [`expected retention of ${wanted.retention}, got ${String(hours)} hours`]),
    ...consumerGroups.filter((group) => !groups.includes(group)).map((group) => `there is no consumer group ${group}`),
  ]
}

const hoursOf = (retention: string): number => Number(retention.slice(0, -1)) * (retention.endsWith('d') ? 24 : 1)

export const checkContainers = (snapshots: Snapshots): Finding[] =>
  [...snapshots].flatMap(([set, snapshot]) => {
    const databases = ofType(snapshot, 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases').map(ownName)
    const found = ofType(snapshot, 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers')
    const left = found.filter((container) => !containers.some(({ name }) => name === ownName(container)))
    return [
      ...(isDeepStrictEqual(databases, [databaseName])
        ? []
        : [{ rule: 'wrong-container', where: set, message: `expected the one database ${databaseName}` }]),
      ...left.map((container) => ({
        rule: 'wrong-container',
        where: `${set}: ${ownName(container)}`,
        message: 'shared/contracts/containers.ts does not describe it',
      })),
      ...containers.flatMap((description): Finding[] => {
        const where = `${set}: ${description.name}`
        const container = found.find((one) => ownName(one) === description.name)
        if (container === undefined) return [{ rule: 'missing-container', where, message: 'there is none' }]
        const wanted = {
          paths: description.partitionKey,
          kind: description.partitionKey.length > 1 ? 'MultiHash' : 'Hash',
          ttl: description.defaultTtl,
          indexed: description.indexed,
          excluded: ['/*'],
        }
        const got = shapeOf(container)
        return isDeepStrictEqual(got, wanted)
          ? []
          : [
              {
                rule: 'wrong-container',
                where,
                message: `expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`,
              },
            ]
      }),
    ]
  })

const shapeOf = (container: Resource) => {
  const resource = at(container, 'properties.resource')
  const pathsOf = (path: string) => ((at(resource, path) ?? []) as readonly unknown[]).map((one) => at(one, 'path'))
  return {
    paths: at(resource, 'partitionKey.paths'),
    kind: at(resource, 'partitionKey.kind'),
    ttl: at(resource, 'defaultTtl'),
    indexed: pathsOf('indexingPolicy.includedPaths'),
    excluded: pathsOf('indexingPolicy.excludedPaths'),
  }
}
