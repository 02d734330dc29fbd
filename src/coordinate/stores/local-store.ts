/**
 * The store for a process that is alone: in its own memory.
 *
 * Everything that opens it under the same namespace in one process shares it, so two supervisors of one process contend as
 * two processes would. No other process sees it.
 */
import type { Clock } from '../../kernel/clock.js'
import { type Micros, type Millis, microsFromMillis } from '../../kernel/time.js'
import type { CoordinationStore, LeaseAnswer, Member } from '../ports.js'
import { byId } from './by-id.js'

interface Held {
  readonly holder: string
  readonly until: Micros
}

interface Tenancy extends Held {
  /** Stays when the lease is given back or has expired. */
  readonly epoch: bigint
}

/** What stores of one namespace share. */
export class LocalMemory {
  readonly leases = new Map<string, Tenancy>()
  readonly claims = new Map<string, Held>()
  readonly members = new Map<string, Member & { readonly until: Micros }>()
  readonly watchers = new Set<(lease: string) => void>()
  /** Lapsed claims are looked for when there are as many claims as this. */
  sweepAt = SWEEP_FROM
}

const SWEEP_FROM = 256

const memories = new Map<string, LocalMemory>()

/** The memory of a namespace in this process. */
export function sharedMemory(namespace: string): LocalMemory {
  const memory = memories.get(namespace) ?? new LocalMemory()
  memories.set(namespace, memory)
  return memory
}

export class LocalStore implements CoordinationStore {
  readonly backend = 'local'
  readonly #clock: Clock
  readonly #memory: LocalMemory
  readonly #watches = new Set<(lease: string) => void>()

  constructor(clock: Clock, memory: LocalMemory = new LocalMemory()) {
    this.#clock = clock
    this.#memory = memory
  }

  /**
   * Epochs follow the wall clock in milliseconds as long as it runs ahead of them: a process that starts anew forgets its
   * epochs, and what its predecessor wrote under its own must still be the older.
   */
  async acquire(lease: string, holder: string, ttl: Millis, signal: AbortSignal): Promise<LeaseAnswer> {
    signal.throwIfAborted()
    const last = this.#memory.leases.get(lease)
    if (last && this.#isAlive(last)) return { kind: 'held', holder: last.holder, epoch: last.epoch }
    const wall = BigInt(Math.floor(this.#clock.wallNow()))
    const epoch = last && last.epoch >= wall ? last.epoch + 1n : wall
    this.#memory.leases.set(lease, { holder, epoch, until: this.#after(ttl) })
    return { kind: 'granted', epoch }
  }

  async renew(lease: string, holder: string, epoch: bigint, ttl: Millis, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted()
    if (!this.#isHeld(lease, holder, epoch)) return false
    this.#memory.leases.set(lease, { holder, epoch, until: this.#after(ttl) })
    return true
  }

  async release(lease: string, holder: string, epoch: bigint, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted()
    if (!this.#isHeld(lease, holder, epoch)) return false
    this.#memory.leases.set(lease, { holder, epoch, until: Number.NEGATIVE_INFINITY })
    for (const watcher of this.#memory.watchers) watcher(lease)
    return true
  }

  async watch(onReleased: (lease: string) => void): Promise<() => void> {
    const watcher = (lease: string) => onReleased(lease)
    this.#memory.watchers.add(watcher)
    this.#watches.add(watcher)
    return () => this.#unwatch(watcher)
  }

  async claim(slot: string, holder: string, keep: Millis, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted()
    this.#sweep()
    const claim = this.#memory.claims.get(slot)
    if (claim && this.#isAlive(claim)) return claim.holder === holder
    this.#memory.claims.set(slot, { holder, until: this.#after(keep) })
    return true
  }

  async beat({ id, weight }: Member, ttl: Millis, signal: AbortSignal): Promise<readonly Member[]> {
    signal.throwIfAborted()
    const { members } = this.#memory
    members.set(id, { id, weight, until: this.#after(ttl) })
    for (const member of members.values()) if (!this.#isAlive(member)) members.delete(member.id)
    return byId([...members.values()].map(({ id, weight }) => ({ id, weight })))
  }

  async leave(id: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.#memory.members.delete(id)
  }

  async close(): Promise<void> {
    for (const watcher of this.#watches) this.#unwatch(watcher)
  }

  #unwatch(watcher: (lease: string) => void): void {
    this.#memory.watchers.delete(watcher)
    this.#watches.delete(watcher)
  }

  #after(span: Millis): Micros {
    return this.#clock.now() + microsFromMillis(span)
  }

  #isAlive({ until }: { readonly until: Micros }): boolean {
    return this.#clock.now() < until
  }

  #isHeld(lease: string, holder: string, epoch: bigint): boolean {
    const last = this.#memory.leases.get(lease)
    return last !== undefined && last.holder === holder && last.epoch === epoch && this.#isAlive(last)
  }

  /** Looks through all claims each time their number has doubled: a constant cost for each claim. */
  #sweep(): void {
    const { claims } = this.#memory
    if (claims.size < this.#memory.sweepAt) return
    for (const [slot, claim] of claims) if (!this.#isAlive(claim)) claims.delete(slot)
    this.#memory.sweepAt = Math.max(SWEEP_FROM, 2 * claims.size)
  }
}
