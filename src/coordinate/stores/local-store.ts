/**
 * The store for a deployment of one process: in the process's own memory.
 *
 * All supervisors of one process that use the same namespace share it, so they compete like separate processes would.
 */
import type { Clock } from '../../kernel/clock.js'
import { type Micros, type Millis, microsFromMillis } from '../../kernel/time.js'
import type { KeyValueStore } from '../key-value/key-value.js'
import { LocalKeyValue, type LocalValues } from '../key-value/local-key-value.js'
import type { CoordinationStore, LeaseAnswer, Member, StoreProblem } from '../ports.js'
import { sortById } from './sort-by-id.js'

interface ClaimRecord {
  readonly holder: string
  readonly until: Micros
}

interface LeaseRecord extends ClaimRecord {
  /** Kept after the lease was released or has expired. */
  readonly epoch: bigint
}

/** The data that stores of one namespace share. */
export class LocalMemory {
  readonly leases = new Map<string, LeaseRecord>()
  readonly claims = new Map<string, ClaimRecord>()
  readonly members = new Map<string, Member & { readonly until: Micros }>()
  readonly values: LocalValues = { records: new Map(), lastVersion: 0 }
  readonly watchers = new Set<(lease: string) => void>()
  /** Expired claims are deleted when there are this many claims. */
  sweepAt = MIN_SWEEP_SIZE
}

const MIN_SWEEP_SIZE = 256

const memories = new Map<string, LocalMemory>()

/** The memory of a namespace in this process. */
export function sharedMemory(namespace: string): LocalMemory {
  const memory = memories.get(namespace) ?? new LocalMemory()
  memories.set(namespace, memory)
  return memory
}

export class LocalStore implements CoordinationStore {
  readonly backend = 'local'
  readonly values: KeyValueStore
  readonly #clock: Clock
  readonly #memory: LocalMemory
  readonly #watches = new Set<(lease: string) => void>()

  constructor(clock: Clock, memory: LocalMemory = new LocalMemory()) {
    this.#clock = clock
    this.#memory = memory
    this.values = new LocalKeyValue(memory.values)
  }

  /**
   * The epoch is the wall clock in milliseconds when that is higher than the last epoch plus one. A restarted process has lost
   * its epochs, and its new ones must still be higher than those of the process before it.
   */
  async acquire(
    lease: string,
    holder: string,
    ttl: Millis,
    signal: AbortSignal,
    above: bigint = 0n,
  ): Promise<LeaseAnswer> {
    signal.throwIfAborted()
    const last = this.#memory.leases.get(lease)
    if (last && this.#isAlive(last)) return { kind: 'held', holder: last.holder, epoch: last.epoch }
    const wall = BigInt(Math.floor(this.#clock.wallNow()))
    const highest = last && last.epoch > above ? last.epoch : above
    const epoch = highest >= wall ? highest + 1n : wall
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

  async holderOf(lease: string, signal: AbortSignal): Promise<string | undefined> {
    signal.throwIfAborted()
    const last = this.#memory.leases.get(lease)
    return last && this.#isAlive(last) ? last.holder : undefined
  }

  async watch(onReleased: (lease: string) => void): Promise<() => void> {
    const watcher = (lease: string) => onReleased(lease)
    this.#memory.watchers.add(watcher)
    this.#watches.add(watcher)
    return () => this.#unwatch(watcher)
  }

  async claim(tick: string, holder: string, keep: Millis, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted()
    this.#sweep()
    const claim = this.#memory.claims.get(tick)
    if (claim && this.#isAlive(claim)) return claim.holder === holder
    this.#memory.claims.set(tick, { holder, until: this.#after(keep) })
    return true
  }

  async heartbeat({ id, weight }: Member, ttl: Millis, signal: AbortSignal): Promise<readonly Member[]> {
    signal.throwIfAborted()
    const { members } = this.#memory
    members.set(id, { id, weight, until: this.#after(ttl) })
    for (const member of members.values()) if (!this.#isAlive(member)) members.delete(member.id)
    return sortById([...members.values()].map(({ id, weight }) => ({ id, weight })))
  }

  async leave(id: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.#memory.members.delete(id)
  }

  /** Its clock, its data and its only user are this process: there is nothing to check. */
  async check(): Promise<readonly StoreProblem[]> {
    return []
  }

  async readClock(): Promise<undefined> {
    return undefined
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

  /** Deletes expired claims each time the number of claims has doubled, at a constant amortized cost per claim. */
  #sweep(): void {
    const { claims } = this.#memory
    if (claims.size < this.#memory.sweepAt) return
    for (const [tick, claim] of claims) if (!this.#isAlive(claim)) claims.delete(tick)
    this.#memory.sweepAt = Math.max(MIN_SWEEP_SIZE, 2 * claims.size)
  }
}
