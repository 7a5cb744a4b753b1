/**
 * What requests cost, in request units: a model, not a measurement. Points and rules are those that Microsoft publishes
 * as illustrative ("Understand your request unit consumption", Azure Cosmos DB documentation, April 2026); between two
 * points the charge is interpolated, above the last one extrapolated, below 1 KB it is that of 1 KB. Where the page
 * gives no rule (queries), the formula is our own and says so. Sizes are UTF-8 bytes of the document as the client wrote it.
 */

type Point = readonly [kilobytes: number, charge: number]

const readPoints: readonly Point[] = [
  [1, 1],
  [2, 1.04],
  [4, 1.14],
  [8, 1.33],
  [16, 1.67],
  [32, 2.19],
  [64, 4.76],
  [100, 10],
]

const writePoints: readonly Point[] = [
  [1, 4.95],
  [2, 6.29],
  [4, 6.67],
  [8, 7.04],
  [16, 9.52],
  [32, 11.23],
  [64, 22.67],
  [128, 48.19],
]

export const readCharge = (bytes: number): number => interpolate(readPoints, bytes / 1024)

/** S + 0.2 for each indexed term. */
export const createCharge = (bytes: number, terms: number): number => writeCharge(bytes) + 0.2 * terms

/** 2 S + 0.4 for each indexed term that changed. */
export const replaceCharge = (bytes: number, modifiedTerms: number): number =>
  2 * writeCharge(bytes) + 0.4 * modifiedTerms

/** A replace and another 0.4 for each indexed term that changed. */
export const patchCharge = (bytes: number, modifiedTerms: number): number =>
  replaceCharge(bytes, modifiedTerms) + 0.4 * modifiedTerms

/** S + 0.2 for each indexed term. */
export const deleteCharge = createCharge

/**
 * Our own formula: 2.3 for the query itself, 0.04 for each document that had to be loaded, 0.05 for each KB of them.
 * Documents that an index ruled out cost nothing.
 */
export const queryCharge = (documents: number, bytes: number): number => 2.3 + 0.04 * documents + (0.05 * bytes) / 1024

/** Databases, containers, offers and query plans: our own flat rate. */
export const metadataCharge = 1

/** As sent in `x-ms-request-charge`: two decimals. */
export const roundCharge = (charge: number): number => Math.round(charge * 100) / 100

const writeCharge = (bytes: number): number => interpolate(writePoints, bytes / 1024)

const interpolate = (points: readonly Point[], kilobytes: number): number => {
  const above = points.findIndex(([size]) => size >= kilobytes)
  const upper = above === -1 ? points.length - 1 : Math.max(above, 1)
  const [fromSize, fromCharge] = points[upper - 1] ?? [0, 0]
  const [toSize, toCharge] = points[upper] ?? [1, 0]
  return fromCharge + ((Math.max(kilobytes, fromSize) - fromSize) / (toSize - fromSize)) * (toCharge - fromCharge)
}
