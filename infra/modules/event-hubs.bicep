metadata name = 'Event hubs'
metadata description = 'A hub for each stream of the manifest, with the consumer groups of the trigger and of direct reads, captured into the lake where that is wanted. Reference: AVM event-hub/namespace/eventhub.'

@description('Required. Name of the Event Hubs namespace.')
param namespaceName string

@description('Required. Streams: name, partitions (fixed for the life of a hub below Premium) and retention, such as 1d or 36h.')
param streams streamType[]

@description('Required. Whether Event Hubs writes every event to the lake. Replays and the cold path need it.')
param enableCapture bool

@description('Required. Name of the identity that Capture writes as. It needs its role on the lake before the hub is created.')
param captureIdentityName string

@description('Required. Name of the lake.')
param lakeName string

@description('Required. Container of the lake that captured events go to.')
param captureContainerName string

@description('Required. Seconds after which a capture file is closed, unless it is full before.')
@minValue(60)
@maxValue(900)
param captureSeconds int

resource namespace 'Microsoft.EventHub/namespaces@2024-01-01' existing = {
  name: namespaceName
}

resource captureIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: captureIdentityName
}

resource lake 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: lakeName
}

resource hub 'Microsoft.EventHub/namespaces/eventhubs@2024-01-01' = [
  for stream in streams: {
    parent: namespace
    name: stream.name
    properties: {
      partitionCount: stream.hub.partitions
      retentionDescription: {
        cleanupPolicy: 'Delete'
        retentionTimeInHours: endsWith(stream.hub.retention, 'd') ? int(replace(stream.hub.retention, 'd', '')) * 24 : int(replace(stream.hub.retention, 'h', ''))
      }
      captureDescription: enableCapture
        ? {
            enabled: true
            encoding: 'Avro'
            intervalInSeconds: captureSeconds
            sizeLimitInBytes: 104857600
            skipEmptyArchives: true
            destination: {
              name: 'EventHubArchive.AzureBlockBlob'
              identity: { type: 'UserAssigned', userAssignedIdentity: captureIdentity.id }
              properties: {
                storageAccountResourceId: lake.id
                blobContainer: captureContainerName
                // Every token once, in a shape that Spark prunes by.
                archiveNameFormat: '{Namespace}/{EventHub}/y={Year}/m={Month}/d={Day}/h={Hour}/{Minute}-{Second}-p{PartitionId}'
              }
            }
          }
        : null
    }
  }
]

resource triggerGroup 'Microsoft.EventHub/namespaces/eventhubs/consumergroups@2024-01-01' = [
  for (stream, i) in streams: {
    parent: hub[i]
    name: 'millrace'
    properties: { userMetadata: 'The ingest trigger' }
  }
]

resource repairGroup 'Microsoft.EventHub/namespaces/eventhubs/consumergroups@2024-01-01' = [
  for (stream, i) in streams: {
    parent: hub[i]
    name: 'repair'
    properties: { userMetadata: 'Direct reads of what the trigger skipped, and replays' }
  }
]

// ---------- Definitions ----------

@export()
@description('What the stream manifest says of a hub.')
type streamType = {
  @description('Required. Name of the stream and of its hub.')
  name: string
  @description('Required. The hub.')
  hub: {
    @description('Required. Number of partitions.')
    partitions: int
    @description('Required. How long the hub keeps events: whole days (1d) or hours (36h).')
    retention: string
  }
}
