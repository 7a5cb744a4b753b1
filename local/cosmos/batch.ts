/**
 * Several operations in one request. An atomic batch (transactional batch) is done whole or not at all: 200 with all
 * results, or 207 with the failed operation's status and 424 for every other. Otherwise (bulk) each stands alone.
 */
import { badRequest, CosmosError, failureCharge, tooLarge } from './errors.ts'
import { maxBytes } from './item-document.ts'
import { isArray, isObject, parseJson, type Json, type JsonObject } from './json.ts'
import {
  execute,
  operationKinds,
  type ItemOperation,
  type OperationKind,
  type OperationResult,
  type WriteContext,
} from './operations.ts'
import { encodePartitionKey, parsePartitionKey, requireFullKey, type PartitionKey } from './partition-key.ts'
import { parsePatch } from './patch.ts'
import { header, isTrue, partitionKeyHeader, type Answer, type ContainerRequest } from './request.ts'
import { roundCharge } from './ru.ts'

const maxOperations = 100
const failedDependency = 424

type Result = OperationResult | CosmosError

export const runBatch = (request: ContainerRequest): Answer => {
  if (request.body.length > maxBytes) {
    throw tooLarge(`The batch has ${request.body.length} bytes; at most ${maxBytes} are allowed.`)
  }
  const operations = parseJson(request.body.toString('utf8'), 'The batch')
  if (!isArray(operations) || operations.length < 1 || operations.length > maxOperations) {
    throw badRequest(`A batch must be an array of 1 to ${maxOperations} operations.`)
  }
  const atomic = isTrue(request, 'x-ms-cosmos-batch-atomic')
  const results = atomic ? runAtomic(request, operations) : runEach(request, operations)
  const minimal = header(request, 'prefer') === 'return=minimal'
  const failed = results.some((result) => result instanceof CosmosError)
  return {
    status: failed ? 207 : 200,
    body: `[${results.map((result) => resultText(result, minimal)).join(',')}]`,
    charge: results.reduce((sum, result) => sum + chargeOf(result), 0),
  }
}

/** Carries a failed batch's results out of the transaction, which it undoes. */
class BatchFailure extends Error {
  override readonly name = 'BatchFailure'
  readonly results: readonly Result[]

  constructor(results: readonly Result[]) {
    super('An operation of the batch has failed.')
    this.results = results
  }
}

const runAtomic = (request: ContainerRequest, operations: readonly Json[]): readonly Result[] => {
  const { catalog, container, now } = request
  const key = requireFullKey(partitionKeyHeader(request), container.definition.partitionKey.paths)
  try {
    return catalog.write(container, now, (next) => {
      const lsn = next()
      const results: Result[] = []
      for (const [index, operation] of operations.entries()) {
        const result = attempt(request, operation, key, { now, lsn, index })
        results.push(result)
        if (result instanceof CosmosError) throw new BatchFailure(results)
      }
      return results
    })
  } catch (error) {
    if (!(error instanceof BatchFailure)) throw error
    const failedAt = error.results.length - 1
    return operations.map((_, index) => (index === failedAt ? (error.results[index] ?? dependent) : dependent))
  }
}

const runEach = (request: ContainerRequest, operations: readonly Json[]): readonly Result[] => {
  const { catalog, container, now } = request
  const goOn = header(request, 'x-ms-cosmos-batch-continue-on-error')?.toLowerCase() !== 'false'
  return catalog.write(container, now, (next) => {
    let failed = false
    return operations.map((operation) => {
      if (failed && !goOn) return dependent
      const result = attempt(request, operation, undefined, { now, lsn: next(), index: 0 })
      failed ||= result instanceof CosmosError
      return result
    })
  })
}

const dependent = new CosmosError(
  failedDependency,
  'FailedDependency',
  'Not done, because another operation of the batch failed.',
)

const attempt = (
  request: ContainerRequest,
  operation: Json,
  batchKey: PartitionKey | undefined,
  context: WriteContext,
): Result => {
  try {
    return execute(request.container, parseOperation(request, operation, batchKey), context)
  } catch (error) {
    if (error instanceof CosmosError) return error
    throw error
  }
}

const parseOperation = (
  { container }: ContainerRequest,
  operation: Json,
  batchKey: PartitionKey | undefined,
): ItemOperation => {
  if (!isObject(operation)) throw badRequest('An operation of a batch must be an object.')
  const kind = operationKinds.find((known) => known === operation['operationType'])
  if (kind === undefined) throw badRequest(`operationType must be one of ${operationKinds.join(', ')}.`)
  if (operation['ifNoneMatch'] !== undefined) throw badRequest('ifNoneMatch is not supported by the local Cosmos DB.')
  return {
    kind,
    partitionKey: keyOf(operation, batchKey, container.definition.partitionKey.paths),
    id: textIn(operation, 'id'),
    ifMatch: textIn(operation, 'ifMatch'),
    document: documentIn(operation, kind),
    patch: kind === 'Patch' ? parsePatch(operation['resourceBody'] ?? null) : undefined,
  }
}

const keyOf = (operation: JsonObject, batchKey: PartitionKey | undefined, paths: readonly string[]): PartitionKey => {
  const text = textIn(operation, 'partitionKey')
  const own = text === undefined ? undefined : requireFullKey(parsePartitionKey(text), paths)
  if (own !== undefined && batchKey !== undefined && encodePartitionKey(own) !== encodePartitionKey(batchKey)) {
    throw badRequest('All operations of an atomic batch must have the partition key of the batch.')
  }
  return requireFullKey(own ?? batchKey, paths)
}

const textIn = (operation: JsonObject, name: string): string | undefined => {
  const value = operation[name]
  if (value !== undefined && typeof value !== 'string') throw badRequest(`${name} of an operation must be a string.`)
  return value
}

const documentIn = (operation: JsonObject, kind: OperationKind): JsonObject | undefined => {
  const body = operation['resourceBody']
  return isObject(body) && kind !== 'Patch' ? body : undefined
}

const resultText = (result: Result, minimal: boolean): string => {
  if (result instanceof CosmosError) {
    const { status, subStatus, message } = result
    return JSON.stringify({
      ...{ statusCode: status, requestCharge: chargeOf(result), message },
      ...(subStatus !== undefined && { subStatusCode: subStatus }),
    })
  }
  const { status, etag, body, charge } = result
  const fields = JSON.stringify({ statusCode: status, requestCharge: roundCharge(charge), ...(etag && { eTag: etag }) })
  return body === undefined || minimal ? fields : `${fields.slice(0, -1)},"resourceBody":${body}}`
}

const chargeOf = (result: Result): number =>
  result instanceof CosmosError ? (result.status === failedDependency ? 0 : failureCharge) : result.charge
