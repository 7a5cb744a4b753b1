import { badRequest } from './errors.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject

export interface JsonObject {
  [name: string]: Json
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isArray = (value: unknown): value is readonly Json[] => Array.isArray(value)

/** Parses a request's body or header; a text that is not JSON is the caller's mistake (400) and `what` names it. */
export const parseJson = (text: string, what: string): Json => {
  try {
    return JSON.parse(text) as Json
  } catch {
    throw badRequest(`${what} is not valid JSON.`)
  }
}

/** As `parseJson`, and must be an object. */
export const parseObject = (text: string, what: string): JsonObject => {
  const value = parseJson(text, what)
  if (!isObject(value)) throw badRequest(`${what} must be a JSON object.`)
  return value
}
