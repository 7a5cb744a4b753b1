/**
 * Sends to Application Insights what the app measures of itself. Only what it measures: requests, exceptions and log lines
 * come from the Functions host, which knows every invocation; collected here as well they would count twice.
 */
import { DefaultAzureCredential } from '@azure/identity'
import { metrics, trace } from '@opentelemetry/api'
import { shutdownAzureMonitor, useAzureMonitor } from 'applicationinsights'
import type { TelemetryConfig } from '../../config.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Log } from '../../ports/log.ts'
import type { Meter } from '../../ports/meter.ts'
import { telemetryMeter } from './telemetry-meter.ts'

export interface Telemetry {
  readonly meter: Meter
  /** Sends what has not been sent yet. Never rejects: what does not go out is lost, with a warning. */
  close(): Promise<void>
}

const off = { enabled: false }

/** Metrics go out once a minute. Once a process: the package keeps its state globally. */
export const startTelemetry = (
  { connectionString, identity }: TelemetryConfig,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Telemetry => {
  useAzureMonitor({
    azureMonitorExporterOptions: {
      connectionString,
      // The files of an instance go with it, and others on the same machine should not see them.
      disableOfflineStorage: true,
      // An endpoint that is away must not hold up the end of the host.
      retryOptions: { maxRetries: 1, retryDelayInMs: 500 },
      ...(identity === undefined ? {} : { credential: credentialOf(identity) }),
    },
    // The meter itself chooses its spans.
    samplingRatio: 1,
    tracesPerSecond: 0,
    enableLiveMetrics: false,
    enableStandardMetrics: false,
    enablePerformanceCounters: false,
    enableAutoCollectExceptions: false,
    enableAutoCollectPerformance: false,
    instrumentationOptions: {
      http: off,
      azureSdk: off,
      mongoDb: off,
      mySql: off,
      postgreSql: off,
      redis: off,
      redis4: off,
      bunyan: off,
      winston: off,
      console: off,
    },
  })
  const meter = telemetryMeter({ metrics: metrics.getMeter('millrace'), tracer: trace.getTracer('millrace'), clock })
  return {
    meter,
    close: async () => {
      try {
        await shutdownAzureMonitor()
      } catch (error) {
        const cause = error instanceof Error ? error.message : String(error)
        log.warn(`The last telemetry could not be sent and is lost, nothing else: ${cause}`)
      }
    },
  }
}

const credentialOf = ({ clientId }: { readonly clientId: string | undefined }): DefaultAzureCredential =>
  new DefaultAzureCredential(clientId === undefined ? {} : { managedIdentityClientId: clientId })
