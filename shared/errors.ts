/** The world is broken for now: trying the same again may succeed. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError'
  /** How long the service asked us to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, { cause: options.cause })
    this.retryAfterMs = options.retryAfterMs
  }
}

/** The world is broken until somebody mends it: the message says cause, consequence and the way out. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError'
}

/** An assumption of ours does not hold: going on could falsify results. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
}
