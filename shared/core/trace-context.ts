/** W3C Trace Context: which trace, and which span in it, an event or an invocation comes from. */

export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string
  /** 16 hex digits. */
  readonly spanId: string
  readonly traceFlags: number
}

/**
 * Reads a `traceparent` (W3C Trace Context, level 2, section 3.2.2); undefined where it is none. A version of the future is read by what
 * this one knows of it, as the standard wants.
 */
export const parseTraceParent = (text: unknown): TraceContext | undefined => {
  if (typeof text !== 'string') return undefined
  const [, version, traceId = '', spanId = '', flags = '', more] = pattern.exec(text) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (isZero(traceId) || isZero(spanId)) return undefined
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) }
}

const pattern = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/
const isZero = (id: string): boolean => /^0+$/.test(id)

/** The standard's name (AMQP and CloudEvents use it too), and that of the older Azure SDKs as the Functions host delivers it. */
const propertyNames = ['traceparent', 'diagnostic-Id', 'Diagnostic-Id']

/** The contexts that producers have put into their events' application properties, each once, in order of appearance. */
export const producerContexts = (
  events: readonly { readonly properties: Readonly<Record<string, unknown>> }[],
): TraceContext[] => {
  const found = new Map<string, TraceContext>()
  for (const { properties } of events) {
    for (const name of propertyNames) {
      const context = parseTraceParent(properties[name])
      if (context === undefined) continue
      found.set(`${context.traceId}-${context.spanId}`, context)
      break
    }
  }
  return [...found.values()]
}
