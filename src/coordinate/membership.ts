/**
 * Who is there: this process says that it is, hears who else is, and decides when to believe it.
 *
 *     idle --start--> away --two equal answers--> present --leave--> gone
 *                      ^                             |
 *                      '--- no answer for a ttl -----'
 *
 * Work moves with the view, so a view is not changed for a flicker: it follows the answers of the store when two in a row
 * are the same. Only what makes this process own less takes effect at once: that it drains, leaves, or has not been
 * heard for so long that the others have divided its work among themselves.
 */
import type { Clock } from '../kernel/clock.js'
import type { Micros } from '../kernel/time.js'
import { Pause } from './pause.js'
import type { Member, MemberStore } from './ports.js'
import { ask } from './stores/ask.js'
import { type ClockReading, elapsed, readClocks, storeSpan, validityOf } from './timing.js'

export interface MembershipOptions {
  readonly store: MemberStore
  readonly clock: Clock
  /** Unique to this start of this process. */
  readonly id: string
  /** Share of the work it wants, relative to the others. */
  readonly weight: number
  /** The others count on this process for so long after it was heard; it is heard three times in that time. */
  readonly ttl: Micros
  /** The view has changed. Plain data, for the threads. */
  readonly onChange: (members: readonly Member[]) => void
  /** A heartbeat, or the farewell, came to nothing. */
  readonly onTrouble: (error: unknown) => void
}

const BEATS_PER_TTL = 3

export class Membership {
  readonly #options: MembershipOptions
  readonly #pause: Pause
  readonly #period: Micros
  #weight: number
  /** What was heard last, and what has been heard twice in a row. */
  #heard: readonly Member[] = []
  #settled: readonly Member[] = []
  #view: readonly Member[] = []
  /** When the last heartbeat that was answered was sent; undefined before, and when it is too long ago. */
  #confirmed: ClockReading | undefined
  #isUrgent = false
  #isLeaving = false
  #running: Promise<void> | undefined
  #farewell: Promise<void> | undefined

  constructor(options: MembershipOptions) {
    this.#options = options
    this.#pause = new Pause(options.clock)
    this.#period = Math.floor(options.ttl / BEATS_PER_TTL)
    this.#weight = options.weight
  }

  /** Those among whom work is divided, sorted by id; nobody while this process does not know. */
  view(): readonly Member[] {
    return this.#view
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Its work is to go to the others, before it stops: it owns nothing from now on. */
  drain(): void {
    if (this.#weight === 0) return
    this.#weight = 0
    this.#show()
    this.#isUrgent = true
    this.#pause.end()
  }

  /** Owns nothing from now on, and tells the others. Never rejects: unheard, it is gone for them after the `ttl`. */
  leave(): Promise<void> {
    this.#farewell ??= this.#leave()
    return this.#farewell
  }

  async #leave(): Promise<void> {
    const { store, clock, id, onTrouble } = this.#options
    this.#isLeaving = true
    this.#show()
    if (!this.#running) return
    this.#pause.end()
    // A heartbeat on its way would bring it back.
    await this.#running
    try {
      await ask(clock, this.#period, (signal) => store.leave(id, signal))
    } catch (error) {
      onTrouble(error)
    }
  }

  async #run(): Promise<void> {
    const { clock } = this.#options
    while (!this.#isLeaving) {
      this.#isUrgent = false
      const sent = readClocks(clock)
      this.#expire(sent)
      await this.#beat(sent)
      const now = readClocks(clock)
      this.#expire(now)
      const span = Math.min(sent.at + this.#period - now.at, this.#left(now))
      if (span > 0 && !this.#isLeaving && !this.#isUrgent) await this.#pause.last(span)
    }
  }

  async #beat(sent: ClockReading): Promise<void> {
    const { store, clock, id, ttl, onTrouble } = this.#options
    const member = { id, weight: this.#weight }
    const within = Math.min(this.#period, this.#left(sent))
    try {
      const members = await ask(clock, within, (signal) => store.beat(member, storeSpan(ttl), signal))
      // After a suspend, or when the wall clock was set: too old to be believed.
      if (elapsed(sent, readClocks(clock)) >= validityOf(ttl)) return
      this.#confirmed = sent
      if (isSame(members, this.#heard)) this.#settled = members
      this.#heard = members
      this.#show()
    } catch (error) {
      onTrouble(error)
    }
  }

  /** For how long the others still count on this process. */
  #left(now: ClockReading): Micros {
    if (!this.#confirmed) return Number.POSITIVE_INFINITY
    return Math.ceil(validityOf(this.#options.ttl) - elapsed(this.#confirmed, now))
  }

  /** Not heard for too long: it has to be accepted anew, as at the start. */
  #expire(now: ClockReading): void {
    if (this.#left(now) > 0) return
    this.#confirmed = undefined
    this.#heard = []
    this.#settled = []
    this.#show()
  }

  #show(): void {
    const { id, onChange } = this.#options
    const view = this.#isLeaving
      ? []
      : this.#settled.map((member) => (member.id === id ? { id, weight: this.#weight } : member))
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
