import type { JsonObject } from '../json.ts'
import { parseQuery } from './parser.ts'
import { compileSelect, queryContext } from './select.ts'
import { topNames } from './sources.ts'

/** Whether a document meets the condition of a patch (`from c where c.state = 'open'`). Throws 400 where it is wrong. */
export const matchesCondition = (condition: string, document: JsonObject, now: number): boolean => {
  const select = compileSelect(parseQuery(`SELECT * ${condition}`), queryContext(new Map(), now), topNames)
  for (const _ of select.rows([document])) return true
  return false
}
