/** A local ingestion endpoint of Application Insights: takes what the real package sends, and keeps it. */
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { generate } from 'selfsigned'

/** The parts of an envelope that tests look at (Breeze, schema version 2). */
export interface Envelope {
  readonly name: string
  readonly iKey: string
  readonly tags: Readonly<Record<string, string>>
  readonly data: {
    readonly baseType: string
    readonly baseData: {
      readonly name?: string
      readonly id?: string
      readonly type?: string
      readonly success?: boolean
      readonly duration?: string
      readonly properties?: Readonly<Record<string, string>>
      readonly metrics?: readonly {
        readonly name: string
        readonly value: number
        readonly count?: number
        readonly min?: number
        readonly max?: number
      }[]
    }
  }
}

export interface IngestionEndpoint {
  readonly connectionString: string
  /** PEM, to be trusted by who sends: the package speaks nothing but TLS. */
  readonly certificate: string
  readonly envelopes: readonly Envelope[]
  /** Every body as it came, to look for what must not be in it. */
  text(): string
  close(): Promise<void>
}

const key = '00000000-0000-4000-8000-000000000000'

export const startIngestionEndpoint = async (): Promise<IngestionEndpoint> => {
  const envelopes: Envelope[] = []
  const bodies: string[] = []
  const { cert, private: privateKey } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  })
  const server = createServer({ cert, key: privateKey }, (request, response) => {
    void buffer(request).then((body) => {
      const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString()
      const items = JSON.parse(text) as Envelope[]
      bodies.push(text)
      envelopes.push(...items)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ itemsReceived: items.length, itemsAccepted: items.length, errors: [] }))
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    connectionString: `InstrumentationKey=${key};IngestionEndpoint=https://127.0.0.1:${port}/`,
    certificate: cert,
    envelopes,
    text: () => bodies.join('\n'),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

/** The values of a metric with their dimensions, in the order in which they were sent. */
export const metricValues = (
  envelopes: readonly Envelope[],
  name: string,
): readonly Readonly<Record<string, string | number | undefined>>[] =>
  envelopes.flatMap(({ data: { baseData } }) =>
    (baseData.metrics ?? [])
      .filter((metric) => metric.name === name)
      .map((metric) => ({ ...metric, ...baseData.properties })),
  )
