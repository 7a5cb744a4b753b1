/** Answers other than success, as exceptions; codes and messages are those of Azure Storage where it documents them. */

export class LakeError extends Error {
  override readonly name = 'LakeError'
  readonly status: number
  /** Azure's code, such as `BlobNotFound`. */
  readonly code: string
  /** For the body of a refused sign-in: what did not fit. */
  readonly detail: string | undefined

  constructor(status: number, code: string, message: string, detail?: string) {
    super(message)
    this.status = status
    this.code = code
    this.detail = detail
  }
}

export const invalidHeader = (name: string, expected: string): LakeError =>
  new LakeError(
    400,
    'InvalidHeaderValue',
    `The value for one of the HTTP headers is not in the correct format: ${name} must be ${expected}.`,
  )

export const missingHeader = (name: string): LakeError =>
  new LakeError(
    400,
    'MissingRequiredHeader',
    `An HTTP header that's mandatory for this request is not specified: ${name}.`,
  )

export const invalidQuery = (name: string, expected: string): LakeError =>
  new LakeError(
    400,
    'InvalidQueryParameterValue',
    `Value for one of the query parameters specified in the request URI is invalid: ${name} must be ${expected}.`,
  )

export const invalidUri = (message: string): LakeError => new LakeError(400, 'InvalidUri', message)

export const invalidInput = (message: string): LakeError => new LakeError(400, 'InvalidInput', message)

/** What Azure has and this lake has not: refused, so that nobody takes it for done. */
export const notSupported = (what: string): LakeError =>
  new LakeError(501, 'NotImplemented', `The local lake has no ${what}.`)

export const containerNotFound = (): LakeError =>
  new LakeError(404, 'ContainerNotFound', 'The specified container does not exist.')

export const fileSystemNotFound = (): LakeError =>
  new LakeError(404, 'FilesystemNotFound', 'The specified filesystem does not exist.')

export const containerAlreadyExists = (): LakeError =>
  new LakeError(409, 'ContainerAlreadyExists', 'The specified container already exists.')

export const fileSystemAlreadyExists = (): LakeError =>
  new LakeError(409, 'FilesystemAlreadyExists', 'The specified filesystem already exists.')

export const blobNotFound = (): LakeError => new LakeError(404, 'BlobNotFound', 'The specified blob does not exist.')

export const blobAlreadyExists = (): LakeError =>
  new LakeError(409, 'BlobAlreadyExists', 'The specified blob already exists.')

export const pathNotFound = (): LakeError => new LakeError(404, 'PathNotFound', 'The specified path does not exist.')

export const pathAlreadyExists = (): LakeError =>
  new LakeError(409, 'PathAlreadyExists', 'The specified path already exists.')

export const pathConflict = (): LakeError =>
  new LakeError(
    409,
    'PathConflict',
    'The specified path, or an element of the path, exists and its resource type is invalid for this operation.',
  )

export const conditionNotMet = (): LakeError =>
  new LakeError(412, 'ConditionNotMet', 'The condition specified using HTTP conditional header(s) is not met.')

export const sourceConditionNotMet = (): LakeError =>
  new LakeError(
    412,
    'SourceConditionNotMet',
    'The source condition specified using HTTP conditional header(s) is not met.',
  )

/** The answer to a conditional read of what has not changed; it has no body. */
export const notModified = (): LakeError =>
  new LakeError(304, 'ConditionNotMet', 'The condition specified using HTTP conditional header(s) is not met.')
