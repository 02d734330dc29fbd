/**
 * Processes that share a store in a world of their own: each has clocks that run at its own rate, can be frozen, suspended or
 * set, and reaches the store over a link that delays and loses requests and answers.
 */
import type { LeaseAnswer, LeaseStore } from '../../src/coordinate/ports.js'
import type { Clock } from '../../src/kernel/clock.js'
import type { Micros, Millis } from '../../src/kernel/time.js'
import type { VirtualClock } from '../../src/testing/virtual-clock.js'

/** A process sees the clocks of the world through this. While it is frozen nothing happens in it; it catches up afterwards. */
export class ProcessClock implements Clock {
  readonly #world: VirtualClock
  readonly #rate: number
  readonly #offset: Micros
  #wallOffset: Millis
  #isDead = false
  #frozenBy = 0
  #missed: (() => void)[] = []
  #suspendedAt: Micros | undefined
  #suspended: Micros = 0

  constructor(world: VirtualClock, { rate = 1, offset = 0, wallOffset = 0 } = {}) {
    this.#world = world
    this.#rate = rate
    this.#offset = offset
    this.#wallOffset = wallOffset
  }

  now(): Micros {
    const awake = (this.#suspendedAt ?? this.#world.now()) - this.#suspended
    return Math.floor(this.#offset + awake * this.#rate)
  }

  wallNow(): Millis {
    return this.#world.wallNow() + this.#wallOffset
  }

  after(span: Micros, callback: () => void): () => void {
    const at = this.now() + span
    let isCancelled = false
    const arm = () =>
      this.#world.after(Math.max(1, Math.ceil((at - this.now()) / this.#rate)), () =>
        this.deliver(() => {
          if (isCancelled) return
          if (this.now() < at) arm()
          else callback()
        }),
      )
    arm()
    return () => {
      isCancelled = true
    }
  }

  sleep(span: Micros): Promise<void> {
    return new Promise((resolve) => this.after(span, resolve))
  }

  setAlarm(): void {
    throw new Error('nothing here sets an alarm')
  }

  clearAlarm(): void {}

  /** Something reaches the process: now, or when it is awake again. */
  deliver(what: () => void): void {
    if (this.#isDead) return
    if (this.#frozenBy > 0) this.#missed.push(what)
    else what()
  }

  freeze(span: Micros): void {
    this.#frozenBy++
    this.#world.after(span, () => this.#thaw())
  }

  /** The machine is asleep: the monotonic clock stands still. */
  suspend(span: Micros): void {
    if (this.#suspendedAt !== undefined) return
    const from = this.#world.now()
    this.#suspendedAt = from
    this.#frozenBy++
    this.#world.after(span, () => {
      this.#suspendedAt = undefined
      this.#suspended += this.#world.now() - from
      this.#thaw()
    })
  }

  jumpWall(by: Millis): void {
    this.#wallOffset += by
  }

  /** Nothing reaches it any more. */
  die(): void {
    this.#isDead = true
  }

  #thaw(): void {
    if (--this.#frozenBy > 0) return
    for (const what of this.#missed.splice(0)) this.deliver(what)
  }
}

/** A lease store by the rules, with the clock of the world. */
export class MemoryLeaseStore implements LeaseStore {
  readonly #clock: VirtualClock
  readonly #leases = new Map<string, { holder: string; epoch: bigint; until: Millis }>()
  readonly #watchers = new Set<(lease: string) => void>()

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  async acquire(lease: string, holder: string, ttl: Millis): Promise<LeaseAnswer> {
    const now = this.#clock.wallNow()
    const current = this.#leases.get(lease)
    if (current && now < current.until) return { kind: 'held', holder: current.holder, epoch: current.epoch }
    const epoch = (current?.epoch ?? 0n) + 1n
    this.#leases.set(lease, { holder, epoch, until: now + ttl })
    return { kind: 'granted', epoch }
  }

  async renew(lease: string, holder: string, epoch: bigint, ttl: Millis): Promise<boolean> {
    const current = this.#held(lease, holder, epoch)
    if (current) current.until = this.#clock.wallNow() + ttl
    return current !== undefined
  }

  async release(lease: string, holder: string, epoch: bigint): Promise<boolean> {
    const current = this.#held(lease, holder, epoch)
    if (!current) return false
    current.until = 0
    for (const onReleased of this.#watchers) onReleased(lease)
    return true
  }

  async watch(onReleased: (lease: string) => void): Promise<() => void> {
    this.#watchers.add(onReleased)
    return () => void this.#watchers.delete(onReleased)
  }

  /** Somebody else has it, whatever the rules say. */
  steal(lease: string, holder: string, ttl: Millis): bigint {
    const epoch = (this.#leases.get(lease)?.epoch ?? 0n) + 1n
    this.#leases.set(lease, { holder, epoch, until: this.#clock.wallNow() + ttl })
    return epoch
  }

  holderOf(lease: string): string | undefined {
    const current = this.#leases.get(lease)
    return current && this.#clock.wallNow() < current.until ? current.holder : undefined
  }

  #held(lease: string, holder: string, epoch: bigint) {
    const current = this.#leases.get(lease)
    const isHeld = current?.holder === holder && current.epoch === epoch && this.#clock.wallNow() < current.until
    return isHeld ? current : undefined
  }
}

/** What happens to one request and its answer. */
export interface Passage {
  /** How long until the store carries it out; undefined when it never does. */
  readonly there: Micros | undefined
  /** How long the answer takes; undefined when it is lost. */
  readonly back: Micros | undefined
  /** The sender hears of a loss at once, and not only by waiting in vain. */
  readonly isReset: boolean
}

/** The store as one process reaches it. Requests that were sent travel on while the process is frozen, or dead. */
export function linkedStore(
  store: LeaseStore,
  world: VirtualClock,
  clock: ProcessClock,
  nextPassage: () => Passage,
): LeaseStore {
  function send<Answer>(carryOut: () => Promise<Answer>): Promise<Answer> {
    const { there, back, isReset } = nextPassage()
    return new Promise((resolve, reject) => {
      const lose = () => isReset && clock.deliver(() => reject(new Error('connection reset')))
      if (there === undefined) return lose()
      world.after(there, async () => {
        const answer = await carryOut()
        if (back === undefined) lose()
        else world.after(back, () => clock.deliver(() => resolve(answer)))
      })
    })
  }
  return {
    acquire: (lease, holder, ttl, signal) => send(() => store.acquire(lease, holder, ttl, signal)),
    renew: (lease, holder, epoch, ttl, signal) => send(() => store.renew(lease, holder, epoch, ttl, signal)),
    release: (lease, holder, epoch, signal) => send(() => store.release(lease, holder, epoch, signal)),
    watch: (onReleased) => store.watch((lease) => clock.deliver(() => onReleased(lease))),
  }
}
