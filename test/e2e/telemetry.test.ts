import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { packageApp } from '../../package.ts'
import { metricValues, startIngestionEndpoint } from '../support/ingestion-endpoint.ts'
import { root } from '../support/millrace.ts'
import { runOver } from '../support/run-over.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test(
  "the deployed app's telemetry agrees with its ledger, once the host has ended",
  { timeout: 180_000 },
  async (t) => {
    const folder = temporaryFolder()
    const appDirectory = join(folder, 'app')
    await packageApp({ root, directory: appDirectory })
    const endpoint = await startIngestionEndpoint()
    t.after(() => endpoint.close())
    const certificate = join(folder, 'certificate.pem')
    writeFileSync(certificate, endpoint.certificate)
    // The host is a process of its own and inherits them.
    Object.assign(process.env, {
      NODE_EXTRA_CA_CERTS: certificate,
      APPLICATIONINSIGHTS_CONNECTION_STRING: endpoint.connectionString,
      APPLICATION_INSIGHTS_NO_STATSBEAT: 'true',
    })
    const { code, report, output } = await runOver(appDirectory, ['--for', '4s', '--rate', '300'])
    assert.equal(code, 0, output)
    const counted = metricValues(endpoint.envelopes, 'millrace.events')
    for (const [name, { ledger }] of Object.entries(report.streams)) {
      const sums = { received: 0, accepted: 0, duplicate: 0, late: 0, filtered: 0, dead: 0, control: 0, lost: 0 }
      for (const { stream, outcome, value } of counted) {
        if (stream !== name) continue
        sums[outcome as keyof typeof sums] += Number(value)
        sums.received += Number(value)
      }
      assert.deepEqual(sums, ledger)
    }
    for (const name of ['millrace.latency.committed', 'millrace.latency.served', 'millrace.request_units']) {
      assert.ok(metricValues(endpoint.envelopes, name).length > 0, name)
    }
  },
)
