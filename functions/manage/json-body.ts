/** A request's body; undefined where it is no JSON. */
export const jsonOf = async (request: { json(): Promise<unknown> }): Promise<unknown> => {
  try {
    return await request.json()
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
