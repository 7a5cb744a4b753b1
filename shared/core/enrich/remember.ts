/** Remembers the answers for the most recent `capacity` texts: user agents and the like repeat all the time. */
export const remember = <T>(capacity: number, answer: (text: string) => T): ((text: string) => T) => {
  const answers = new Map<string, T>()
  return (text) => {
    const known = answers.get(text)
    if (known !== undefined) {
      // To the end of the map's order: the front is what was asked least recently.
      answers.delete(text)
      answers.set(text, known)
      return known
    }
    const fresh = answer(text)
    answers.set(text, fresh)
    if (answers.size > capacity) answers.delete(answers.keys().next().value!)
    return fresh
  }
}
