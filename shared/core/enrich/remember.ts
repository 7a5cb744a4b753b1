/**
 * Remembers answers for texts that repeat all the time, as user agents do: at least those for the `capacity` texts asked
 * most recently, at most for twice as many. Two generations, so that a known text costs one look-up: when the younger is
 * full it becomes the older one, and what was in that and not asked for again is forgotten.
 */
export const remember = <T>(capacity: number, answer: (text: string) => T): ((text: string) => T) => {
  let young = new Map<string, T>()
  let old = new Map<string, T>()
  return (text) => {
    const known = young.get(text)
    if (known !== undefined) return known
    const found = old.get(text) ?? answer(text)
    young.set(text, found)
    if (young.size >= capacity) [young, old] = [new Map(), young]
    return found
  }
}
