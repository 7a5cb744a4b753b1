/** The keys that host.json may have, of the parts that Millrace uses (azure-functions-host 4, Event Hubs extension 6, Durable Task extension 3). */

/** `true`: any value, or any keys below. */
interface Keys {
  readonly [name: string]: true | Keys
}

const known: Keys = {
  version: true,
  functionTimeout: true,
  aggregator: { batchSize: true, flushTimeout: true },
  concurrency: { dynamicConcurrencyEnabled: true, snapshotPersistenceEnabled: true },
  extensionBundle: { id: true, version: true },
  healthMonitor: {
    enabled: true,
    healthCheckInterval: true,
    healthCheckWindow: true,
    healthCheckThreshold: true,
    counterThreshold: true,
  },
  logging: {
    fileLoggingMode: true,
    logLevel: true,
    console: { isEnabled: true, disableColors: true },
    applicationInsights: {
      enableDependencyTracking: true,
      enableLiveMetrics: true,
      enableLiveMetricsFilters: true,
      enablePerformanceCountersCollection: true,
      httpAutoCollectionOptions: true,
      samplingExcludedTypes: true,
      samplingSettings: {
        isEnabled: true,
        maxTelemetryItemsPerSecond: true,
        evaluationInterval: true,
        initialSamplingPercentage: true,
        samplingPercentageIncreaseTimeout: true,
        samplingPercentageDecreaseTimeout: true,
        minSamplingPercentage: true,
        maxSamplingPercentage: true,
        movingAverageRatio: true,
        excludedTypes: true,
        includedTypes: true,
      },
      snapshotConfiguration: true,
    },
  },
  retry: {
    strategy: true,
    maxRetryCount: true,
    delayInterval: true,
    minimumInterval: true,
    maximumInterval: true,
  },
  singleton: {
    lockPeriod: true,
    listenerLockPeriod: true,
    listenerLockRecoveryPollingInterval: true,
    lockAcquisitionTimeout: true,
    lockAcquisitionPollingInterval: true,
  },
  telemetryMode: true,
  watchDirectories: true,
  watchFiles: true,
  extensions: {
    http: {
      routePrefix: true,
      maxOutstandingRequests: true,
      maxConcurrentRequests: true,
      dynamicThrottlesEnabled: true,
      hsts: true,
      customHeaders: true,
    },
    durableTask: { hubName: true, maxConcurrentActivityFunctions: true },
    cosmosDB: { connectionMode: true, userAgentSuffix: true, maxItemsPerInvocation: true },
    eventHubs: {
      maxEventBatchSize: true,
      minEventBatchSize: true,
      maxWaitTime: true,
      batchCheckpointFrequency: true,
      prefetchCount: true,
      prefetchSizeInBytes: true,
      transportType: true,
      webProxy: true,
      customEndpointAddress: true,
      trackLastEnqueuedEventProperties: true,
      initialOffsetOptions: { type: true, enqueuedTimeUtc: true },
      clientRetryOptions: { mode: true, tryTimeout: true, delay: true, maximumDelay: true, maximumRetries: true },
      targetUnprocessedEventThreshold: true,
      partitionOwnershipExpirationInterval: true,
      loadBalancingUpdateInterval: true,
      enableCheckpointing: true,
    },
  },
}

/** Paths of keys that no part of the host reads: it would pass them over in silence. */
export const unknownKeys = (hostJson: object, keys: Keys = known, above = ''): string[] =>
  Object.entries(hostJson).flatMap(([name, value]) => {
    const path = `${above}${name}`
    const below = keys[name]
    if (below === undefined) return [path]
    if (below === true || typeof value !== 'object' || value === null) return []
    return unknownKeys(value as object, below, `${path}.`)
  })
