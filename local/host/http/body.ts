import type { IncomingMessage } from 'node:http'

/** What Azure Functions Core Tools allow, in bytes. */
export const maxBodyBytes = 100 * 1_024 * 1_024

/** Whether the body is too long by what the request says of it: one sent in chunks says nothing. */
export const isTooLong = (request: IncomingMessage): boolean =>
  Number(request.headers['content-length'] ?? 0) > maxBodyBytes

/** The whole body; undefined where it is too long. */
export const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  if (isTooLong(request)) return undefined
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    size += (part as Buffer).length
    if (size > maxBodyBytes) return undefined
    parts.push(part as Buffer)
  }
  return Buffer.concat(parts)
}
