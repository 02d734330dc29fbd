/**
 * Watches whether any instance holds the leases under which tickets are offered, on an instance that never holds them itself
 * (`escapement.queue.offer: false`).
 *
 *     unknown or held <-- a look finds a holder --> free since t -- for PATIENCE --> not offered
 *
 *   O1. A lease counts as not offered when each answered look for {@link PATIENCE} ttls has found no holder: a lease is free for a moment
 *       at each fail-over and at each restart of the only instance that offers.
 *   O2. A look without an answer changes nothing. The store then has a problem of its own.
 */
import type { LeaseReader } from '../../coordinate/ports.js'
import { withDeadline } from '../../coordinate/stores/with-deadline.js'
import type { Clock } from '../../kernel/clock.js'
import { EscapementError } from '../../kernel/errors.js'
import type { Micros, Millis } from '../../kernel/time.js'

/** Unit: the ttl of a lease. With the default ttl it is 45 s, as in the alert EscapementNoLeader. */
const PATIENCE = 3
/** Looks in the length of a ttl. */
const LOOKS = 3

export interface NotOffered {
  readonly lease: string
  /** When a look first found no holder, on the wall clock. */
  readonly since: Millis
}

export interface OfferWatchOptions {
  readonly leases: readonly string[]
  readonly store: LeaseReader
  readonly clock: Clock
  readonly ttl: Micros
  /** Called when the list of leases that are not offered has changed, with those that are new in it. */
  readonly onChange: (found: readonly NotOffered[]) => void
}

interface Free {
  readonly since: Micros
  readonly sinceWall: Millis
}

export class OfferWatch {
  readonly #options: OfferWatchOptions
  readonly #stopped = new AbortController()
  readonly #free = new Map<string, Free>()
  #list: readonly NotOffered[] = []

  constructor(options: OfferWatchOptions) {
    this.#options = options
    if (options.leases.length > 0) void this.#watch()
  }

  /** The leases that no instance holds. */
  get list(): readonly NotOffered[] {
    return this.#list
  }

  stop(): void {
    this.#stopped.abort()
  }

  async #watch(): Promise<void> {
    const { clock, leases, ttl } = this.#options
    const { signal } = this.#stopped
    while (!signal.aborted) {
      await Promise.all(leases.map((lease) => this.#look(lease)))
      if (!signal.aborted) this.#update()
      await clock.sleep(Math.ceil(ttl / LOOKS), signal).catch(() => {})
    }
  }

  async #look(lease: string): Promise<void> {
    const { clock, store, ttl } = this.#options
    const [since, sinceWall] = [clock.now(), clock.wallNow()]
    try {
      const holder = await withDeadline(clock, Math.ceil(ttl / LOOKS), (signal) => store.holderOf(lease, signal))
      if (holder !== undefined) this.#free.delete(lease)
      else if (!this.#free.has(lease)) this.#free.set(lease, { since, sinceWall })
    } catch {
      // O2.
    }
  }

  #update(): void {
    const { clock, ttl, onChange } = this.#options
    const now = clock.now()
    const list = [...this.#free].flatMap(([lease, { since, sinceWall }]) =>
      now - since >= PATIENCE * ttl ? { lease, since: sinceWall } : [],
    )
    const before = this.#list
    this.#list = list
    const found = list.filter(({ lease }) => !before.some((other) => other.lease === lease))
    if (found.length > 0 || list.length < before.length) onChange(found)
  }
}

/** Says what is wrong and what to do. */
export function notOfferedText(found: readonly NotOffered[]): string {
  const leases = found.map(({ lease }) => lease).join(', ')
  const [under, held] = found.length === 1 ? ['the lease', 'it'] : ['the leases', 'them']
  return `no instance hands ticks over to the queue under ${under} ${leases}: none holds ${held}, and this one never does (escapement.queue.offer is false); start an instance with escapement.queue.offer: true, or set it here`
}

/** For the log: that of several services at once is one event. */
export function notOfferedError(found: readonly NotOffered[]): EscapementError {
  return new EscapementError('ERR_QUEUE_NOT_OFFERED', notOfferedText(found))
}
