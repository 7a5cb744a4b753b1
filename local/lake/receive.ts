/** Bodies of requests, which go to disk as they come. */
import { invalidHeader, LakeError } from './errors.ts'
import { asOfNow, header, type Answer, type LakeRequest } from './request.ts'
import type { Piece } from './store/records.ts'
import type { Written } from './store/content.ts'

/**
 * Takes the body and then makes the change that mentions it, all or nothing, at the time that it is then. What was refused is removed; what failed
 * otherwise may have reached the disk all the same, and is left to the sweep at the next start.
 */
export const withContent = async (
  request: LakeRequest,
  change: (request: LakeRequest, written: Written) => Answer,
): Promise<Answer> => {
  const { store } = request
  if (request.headers['content-length'] === undefined) {
    throw new LakeError(411, 'MissingContentLengthHeader', 'The Content-Length header was not specified.')
  }
  const written = await store.content.write(request.body)
  try {
    requireMd5(request, written)
    return store.change(() => change(asOfNow(request), written))
  } catch (error) {
    if (error instanceof LakeError && written.content !== undefined) store.content.remove([written.content])
    throw error
  }
}

/** A body that must be text of at most `maxBytes`. */
export const readText = async (request: LakeRequest, maxBytes: number): Promise<string> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request.body) {
    length += chunk.length
    if (length > maxBytes) {
      throw new LakeError(
        413,
        'RequestBodyTooLarge',
        `The request body is too large and exceeds the maximum permissible limit: ${maxBytes} bytes.`,
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

export const piecesOf = ({ content, length }: Written, block = ''): readonly Piece[] =>
  content === undefined ? [] : [{ block, content, length }]

const requireMd5 = (request: LakeRequest, { md5 }: Written): void => {
  const given = header(request, 'content-md5')
  if (given === undefined || given === md5) return
  if (Buffer.from(given, 'base64').length !== 16) throw invalidHeader('Content-MD5', 'sixteen bytes in base64')
  throw new LakeError(
    400,
    'Md5Mismatch',
    'The MD5 value specified in the request did not match the MD5 value calculated by the server.',
  )
}
