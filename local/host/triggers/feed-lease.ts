/** The position in a change feed, kept in a lease document that one host holds at a time. */
import type { Container } from '@azure/cosmos'

interface LeaseDocument {
  readonly id: string
  readonly owner: string
  /** Epoch ms: until then nobody else may take it. */
  readonly heldUntil: number
  readonly continuation?: string
}

/** Short, so that what a killed host held is taken over within seconds. */
const leaseMs = 6_000
const renewMs = 2_000

export class FeedLease {
  readonly #leases: Container
  readonly #timer: NodeJS.Timeout
  readonly #lost = new AbortController()
  #document: LeaseDocument
  #etag: string
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(leases: Container, document: LeaseDocument, etag: string) {
    this.#leases = leases
    this.#document = document
    this.#etag = etag
    this.#timer = setInterval(() => void this.#write({}).catch(() => undefined), renewMs)
  }

  /** Takes the lease if nobody holds it, and keeps it from then on; undefined where somebody else has it. */
  static async acquire(leases: Container, id: string, owner: string): Promise<FeedLease | undefined> {
    const { resource, etag } = await leases.item(id, id).read<LeaseDocument>()
    if (resource !== undefined && resource.owner !== owner && resource.heldUntil > Date.now()) return undefined
    const continuation = resource?.continuation
    const document: LeaseDocument = {
      ...{ id, owner, heldUntil: Date.now() + leaseMs },
      ...(continuation === undefined ? {} : { continuation }),
    }
    try {
      const written = await (resource === undefined
        ? leases.items.create(document)
        : leases.item(id, id).replace(document, match(etag)))
      return new FeedLease(leases, document, written.etag)
    } catch (error) {
      if (isOvertaken(error)) return undefined
      throw error
    }
  }

  get continuation(): string | undefined {
    return this.#document.continuation
  }

  /** Aborts when somebody else has taken the lease. */
  get lost(): AbortSignal {
    return this.#lost.signal
  }

  /** Moves the position; without effect where the lease is lost: what came since is read again there. */
  move(continuation: string): Promise<void> {
    return this.#write({ continuation })
  }

  /** Lets another host take it at once. */
  async release(): Promise<void> {
    clearInterval(this.#timer)
    await this.#write({ heldUntil: 0 })
  }

  /** Forgets it: nothing more is written, and it runs out by itself. */
  abandon(): void {
    clearInterval(this.#timer)
    this.#lost.abort()
  }

  /** One write after the other: each needs the tag of the one before. */
  #write(changes: Partial<LeaseDocument>): Promise<void> {
    const write = this.#writing.then(async () => {
      if (this.#lost.signal.aborted) return
      const document = { ...this.#document, heldUntil: Date.now() + leaseMs, ...changes }
      try {
        const { etag } = await this.#leases.item(document.id, document.id).replace(document, match(this.#etag))
        this.#document = document
        this.#etag = etag
      } catch (error) {
        if (!isOvertaken(error)) throw error
        this.abandon()
      }
    })
    this.#writing = write.catch(() => undefined)
    return write
  }
}

const match = (etag: string) => ({ accessCondition: { type: 'IfMatch', condition: etag } })

const isOvertaken = (error: unknown): boolean => {
  const { code } = error as { code?: number }
  return code === 409 || code === 412
}
