import { Compiler } from './compile.ts'
import { parseQuery } from './parser.ts'
import type { JsonObject } from '../json.ts'

/** Whether a document meets the condition of a patch (`from c where c.state = 'open'`). Throws 400 where it is wrong. */
export const matchesCondition = (condition: string, document: JsonObject): boolean => {
  const { where } = parseQuery(`SELECT * ${condition}`)
  return where === undefined || new Compiler(new Map()).compile(where)({ document }) === true
}
