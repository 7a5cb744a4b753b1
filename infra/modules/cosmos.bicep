metadata name = 'Cosmos DB'
metadata description = 'The account and the database millrace with its containers, equal to shared/contracts/containers.ts. The app has no right to create any of them. Reference: AVM document-db/database-account.'

@description('Required. Region of the account: one write region, for Session consistency.')
param location string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Name of the account: 3 to 44 lower-case letters, digits and hyphens, unique in Azure.')
param accountName string

@description('Required. serverless: paid by request, at most 5,000 RU/s a partition and 1 TB a container. autoscale: paid by the hour for the highest throughput used, at least a tenth of the maximum. Fixed for the life of an account.')
@allowed(['serverless', 'autoscale'])
param capacity string

@description('Required. Highest RU/s of each of the containers state and serving, and of replayState, so that replays cannot starve live; a multiple of 1,000. Autoscale only.')
@minValue(1000)
param maxThroughput int

@description('Required. Highest RU/s that the other containers share; a multiple of 1,000. Autoscale only.')
@minValue(1000)
param sharedMaxThroughput int

@description('Required. Whether the region is spread over three zones. Autoscale costs a quarter more with it.')
param zoneRedundant bool

@description('Required. Whether the account answers on private endpoints only.')
param isPrivate bool

var day = 86400

// Of live and of replays alike.
var stateIndex = [
  '/windowEnd/?'
  '/seenUntil/?'
  '/outbox/?'
  '/dirtyHour/?'
  '/at/sequence/?'
  '/at/clock/?'
  '/at/newest/?'
  '/at/advancedTo/?'
]

// Everything is left out of the index but what queries filter or order by. A TTL of -1 keeps what names no ttl of its own.
var containers = [
  {
    name: 'state'
    keys: ['/shard']
    ttl: -1
    indexed: stateIndex
    ownThroughput: true
  }
  {
    name: 'replayState'
    keys: ['/shard']
    ttl: -1
    indexed: stateIndex
    ownThroughput: true
  }
  { name: 'serving', keys: ['/series', '/day'], ttl: -1, indexed: ['/windowStart/?'], ownThroughput: true }
  { name: 'deadLetters', keys: ['/stream', '/day'], ttl: 30 * day, indexed: [], ownThroughput: false }
  { name: 'reference', keys: ['/kind'], ttl: -1, indexed: ['/version/?'], ownThroughput: false }
  { name: 'control', keys: ['/stream'], ttl: -1, indexed: ['/kind/?'], ownThroughput: false }
  { name: 'alerts', keys: ['/stream'], ttl: 90 * day, indexed: ['/raisedAt/?'], ownThroughput: false }
  { name: 'leases', keys: ['/id'], ttl: -1, indexed: [], ownThroughput: false }
]

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' = {
  name: accountName
  location: location
  tags: tags
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    locations: [{ locationName: location, failoverPriority: 0, isZoneRedundant: zoneRedundant }]
    consistencyPolicy: { defaultConsistencyLevel: 'Session' }
    capabilities: capacity == 'serverless' ? [{ name: 'EnableServerless' }] : []
    enableAutomaticFailover: false
    disableLocalAuth: true
    disableKeyBasedMetadataWriteAccess: true
    minimalTlsVersion: 'Tls12'
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAclBypass: 'None'
    backupPolicy: { type: 'Continuous', continuousModeProperties: { tier: 'Continuous7Days' } }
  }

  resource database 'sqlDatabases' = {
    name: 'millrace'
    properties: {
      resource: { id: 'millrace' }
      // A serverless account refuses every throughput.
      options: capacity == 'autoscale' ? { autoscaleSettings: { maxThroughput: sharedMaxThroughput } } : {}
    }

    resource container 'containers' = [
      for container in containers: {
        name: container.name
        properties: {
          resource: {
            id: container.name
            partitionKey: { paths: container.keys, kind: length(container.keys) > 1 ? 'MultiHash' : 'Hash', version: 2 }
            defaultTtl: container.ttl
            indexingPolicy: {
              automatic: true
              indexingMode: 'consistent'
              includedPaths: map(container.indexed, path => { path: path })
              excludedPaths: [{ path: '/*' }]
            }
          }
          options: capacity == 'autoscale' && container.ownThroughput ? { autoscaleSettings: { maxThroughput: maxThroughput } } : {}
        }
      }
    ]
  }
}
