import type { IncomingMessage } from 'node:http'

/** What Azure Functions Core Tools allow, in bytes. */
export const maxBodyBytes = 100 * 1_024 * 1_024

/** The whole body; undefined where it is too long. */
export const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return undefined
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    size += (part as Buffer).length
    if (size > maxBodyBytes) return undefined
    parts.push(part as Buffer)
  }
  return Buffer.concat(parts)
}
