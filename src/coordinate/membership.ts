/**
 * Membership of this process in a group, the instances that run one service: sends heartbeats to the store and maintains the
 * list of members.
 *
 *     idle --start--> away --two equal answers--> present --leave--> gone
 *                      ^                             |
 *                      '--- no answer for a ttl -----'
 *
 * Work moves when the list changes, so a short absence must not change it: the list follows the store's answers only when
 * two consecutive answers are equal. Changes that take work away from this process apply at once: it drains, it leaves, or
 * none of its heartbeats succeeded for so long that the other members have taken over its work.
 */
import type { Clock } from '../kernel/clock.js'
import { type Micros, type Millis, millisFromMicros } from '../kernel/time.js'
import { InterruptibleSleep } from './interruptible-sleep.js'
import type { Member, MemberStore } from './ports.js'
import { withDeadline } from './stores/with-deadline.js'
import { type ClockReading, elapsed, readClocks, storeSpan, validityOf } from './timing.js'

export interface MembershipOptions {
  readonly store: MemberStore
  readonly clock: Clock
  /** The name of the group, without a `/`. Members of other groups are not seen. */
  readonly group: string
  /** Unique to this start of this process. */
  readonly id: string
  /** Share of the work that this process takes, relative to the other members. */
  readonly weight: number
  /** How long a heartbeat counts. Three are sent in that time. */
  readonly ttl: Micros
  /**
   * Called with each heartbeat that the store has confirmed: the list is valid before both instants, on the monotonic and on
   * the wall clock. Both are 0 when the list is not valid any more.
   */
  readonly onConfirmed: (until: Micros, wallUntil: Millis) => void
  /** Called with the new list when it has changed; plain data that can be sent to threads. */
  readonly onChange: (members: readonly Member[]) => void
  /** Called when a heartbeat or the request to leave failed. */
  readonly onError: (error: unknown) => void
}

const HEARTBEATS_PER_TTL = 3

export class Membership {
  readonly #options: MembershipOptions
  readonly #sleeper: InterruptibleSleep
  readonly #period: Micros
  #weight: number
  /** The last answer of the store, and the last answer that came twice in a row. */
  #lastReceived: readonly Member[] = []
  #stable: readonly Member[] = []
  #view: readonly Member[] = []
  /** When the last successful heartbeat was sent; undefined before the first one and after the `ttl`. */
  #confirmed: ClockReading | undefined
  #isHeartbeatDue = false
  #isLeaving = false
  #running: Promise<void> | undefined
  #departure: Promise<void> | undefined

  constructor(options: MembershipOptions) {
    this.#options = options
    this.#sleeper = new InterruptibleSleep(options.clock)
    this.#period = Math.floor(options.ttl / HEARTBEATS_PER_TTL)
    this.#weight = options.weight
  }

  /** The members that share the work, sorted by id; empty while unknown. */
  view(): readonly Member[] {
    return this.#view
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Passes the work of this process to the other members before it stops: it owns nothing from now on. */
  drain(): void {
    if (this.#weight === 0) return
    this.#weight = 0
    this.#updateView()
    this.#isHeartbeatDue = true
    this.#sleeper.interrupt()
  }

  /**
   * Removes this process from the list: it owns nothing from now on. Never rejects: when the request fails, the other
   * members remove this process after the `ttl`.
   */
  leave(): Promise<void> {
    this.#departure ??= this.#leave()
    return this.#departure
  }

  async #leave(): Promise<void> {
    const { store, clock, onConfirmed, onError } = this.#options
    this.#isLeaving = true
    onConfirmed(0, 0)
    this.#updateView()
    if (!this.#running) return
    this.#sleeper.interrupt()
    // A heartbeat that arrives after the request to leave would add this process again.
    await this.#running
    try {
      await withDeadline(clock, this.#period, (signal) => store.leave(this.#storedId, signal))
    } catch (error) {
      onError(error)
    }
  }

  async #run(): Promise<void> {
    const { clock } = this.#options
    while (!this.#isLeaving) {
      this.#isHeartbeatDue = false
      const sent = readClocks(clock)
      this.#expire(sent)
      await this.#sendHeartbeat(sent)
      const now = readClocks(clock)
      this.#expire(now)
      const span = Math.min(sent.at + this.#period - now.at, this.#remainingValidity(now))
      if (span > 0 && !this.#isLeaving && !this.#isHeartbeatDue) await this.#sleeper.sleep(span)
    }
  }

  async #sendHeartbeat(sent: ClockReading): Promise<void> {
    const { store, clock, ttl, onConfirmed, onError } = this.#options
    const member = { id: this.#storedId, weight: this.#weight }
    const within = Math.min(this.#period, this.#remainingValidity(sent))
    try {
      const answer = await withDeadline(clock, within, (signal) => store.heartbeat(member, storeSpan(ttl), signal))
      // The machine was suspended or the wall clock was set: the answer is too old to be used.
      if (elapsed(sent, readClocks(clock)) >= validityOf(ttl)) return
      this.#confirmed = sent
      const validity = validityOf(ttl)
      if (!this.#isLeaving) onConfirmed(sent.at + validity, sent.wallAt + millisFromMicros(validity))
      const members = this.#ofGroup(answer)
      if (isSame(members, this.#lastReceived)) this.#stable = members
      this.#lastReceived = members
      this.#updateView()
    } catch (error) {
      onError(error)
    }
  }

  get #storedId(): string {
    const { group, id } = this.#options
    return `${group}/${id}`
  }

  /** Without the members of other groups, and with their ids as this process knows them. */
  #ofGroup(members: readonly Member[]): readonly Member[] {
    const prefix = `${this.#options.group}/`
    return members
      .filter(({ id }) => id.startsWith(prefix))
      .map(({ id, weight }) => ({ id: id.slice(prefix.length), weight }))
  }

  /** How long the last heartbeat still counts for the other members. */
  #remainingValidity(now: ClockReading): Micros {
    if (!this.#confirmed) return Number.POSITIVE_INFINITY
    return Math.ceil(validityOf(this.#options.ttl) - elapsed(this.#confirmed, now))
  }

  /** No heartbeat succeeded for too long: the list is unknown again, as at the start. */
  #expire(now: ClockReading): void {
    if (this.#remainingValidity(now) > 0) return
    if (this.#confirmed) this.#options.onConfirmed(0, 0)
    this.#confirmed = undefined
    this.#lastReceived = []
    this.#stable = []
    this.#updateView()
  }

  #updateView(): void {
    const { id, onChange } = this.#options
    const view = this.#isLeaving
      ? []
      : this.#stable.map((member) => (member.id === id ? { id, weight: this.#weight } : member))
    if (isSame(view, this.#view)) return
    this.#view = view
    onChange(view)
  }
}

function isSame(some: readonly Member[], others: readonly Member[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ id, weight }, at) => id === others[at]!.id && weight === others[at]!.weight)
  )
}
