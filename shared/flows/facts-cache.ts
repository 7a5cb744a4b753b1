import type { ReferenceRecord, ReferenceVersions } from '../contracts/reference-documents.ts'
import type { Clock } from '../ports/clock.ts'
import type { Facts, FactsSource } from '../ports/facts.ts'
import type { Reference } from '../ports/reference.ts'

const lookEveryMs = 30_000
/** Shards of one instance may stand at different versions for a minute; older ones are loaded again where needed. */
const versionsHeld = 3

/** Reference data as this instance remembers them. A version never changes, so what is loaded stays true. */
export class FactsCache implements FactsSource {
  readonly #reference: Reference
  readonly #clock: Clock
  readonly #countries: Promise<Pick<Facts, 'countryOf'>>
  readonly #newest = new Map<string, { readonly version: number; readonly readAt: number }>()
  readonly #loaded = new Map<string, Promise<ReadonlyMap<string, ReferenceRecord>>>()

  constructor(reference: Reference, clock: Clock, countries: Promise<Pick<Facts, 'countryOf'>>) {
    this.#reference = reference
    this.#clock = clock
    this.#countries = countries
  }

  async newest(kinds: readonly string[]): Promise<ReferenceVersions> {
    return Object.fromEntries(await Promise.all(kinds.map(async (kind) => [kind, await this.#newestOf(kind)] as const)))
  }

  async at(versions: ReferenceVersions): Promise<Facts> {
    const { countryOf } = await this.#countries
    const records = new Map<string, ReadonlyMap<string, ReferenceRecord>>()
    for (const [kind, version] of Object.entries(versions)) {
      if (version > 0) records.set(kind, await this.#load(kind, version))
    }
    return { countryOf, record: (kind, id) => records.get(kind)?.get(id) }
  }

  async #newestOf(kind: string): Promise<number> {
    const known = this.#newest.get(kind)
    const now = this.#clock.now()
    if (known !== undefined && now - known.readAt < lookEveryMs) return known.version
    const version = (await this.#reference.newest(kind))?.version ?? 0
    this.#newest.set(kind, { version, readAt: now })
    return version
  }

  #load(kind: string, version: number): Promise<ReadonlyMap<string, ReferenceRecord>> {
    const key = `${kind}@${version}`
    const known = this.#loaded.get(key)
    if (known !== undefined) return known
    const loading = this.#reference.load(kind, version)
    this.#loaded.set(key, loading)
    loading.catch(() => this.#loaded.delete(key))
    const [oldest] = this.#loaded.keys()
    if (this.#loaded.size > versionsHeld) this.#loaded.delete(oldest!)
    return loading
  }
}
