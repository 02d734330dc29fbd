/**
 * Which timers are due: a hierarchical timing wheel that never ticks by itself and calls nothing back.
 *
 * **The problem.** Up to a million timers, each due at an exact microsecond, most of them again and again. Arming,
 * re-arming and disarming one must cost some tens of nanoseconds however many others are armed. An idle wheel must cost
 * nothing, and no call may hold up the thread with a burst of the wheel's own housekeeping.
 *
 * The timers are those of the scheduler, known from the start and named by their index. Each has one record, which is
 * either armed or not. So re-arming happens in place: nothing is allocated or freed, and nobody keeps handles.
 *
 * **What holds**, with `tick(t) = t / 62.5 µs`, and every instant a whole number of microseconds:
 *
 *     never early    due <= now                            for every timer that advance(now) returns
 *     never lost     ceil(tick(due)) > floor(tick(now))    for every timer that is armed after advance(now)
 *     once           a timer that is returned is not armed any more
 *     order          ceil(tick(due)) never falls from one returned timer to the next; within a tick, first armed is first
 *     no oversleep   nextExpiry() <= the instant at which the next timer can be returned; Infinity if none is armed
 *
 * A timer armed for an instant that is past already counts as due at the current tick.
 *
 * **Structure.** Levels of buckets; a bucket is a list of timers. All follows from the tick and the buckets of each level:
 *
 *     level  bucket                 buckets  reaches    its timers move to the finer level
 *     near   1 tick      62.5 µs    4096     256 ms     never: they expire
 *     1      2048 ticks  128 ms     1024     131 s      within the 128 ms before their bucket begins
 *     2      2^20 ticks  65.5 s     1024     18.6 h     within the 65.5 s before their bucket begins
 *     far    2^29 ticks  9.3 h      4        any time   every 9.3 h; a timer that level 2 still does not reach stays
 *
 * - *Distance decides.* A timer is put on the finest level that reaches it from the current tick. So a 100 ms timer is
 *   always on the near level, and a timer leaves each coarser level once.
 * - *Half overlap.* A bucket is half as wide as the finer level reaches. When the bucket before it begins, all of it is
 *   within reach of the finer level, so moving its timers is spread over that time: 1024 timers an advance, and what is
 *   left when it begins.
 * - *Order.* Distances only shrink. So of all timers that wait for one tick, those on a coarser level were armed before
 *   those on a finer one: a bucket is moved from its tail on, to the fronts of the lists below.
 *
 * Everything rests on one invariant: *every bucket before the current tick is empty, on every level*. The current tick
 * goes from one occupied bucket to the next, and `#moveTo` restores the invariant at each.
 *
 * **Example**: a small wheel (8, 4 and 4 buckets, of 1, 4 and 8 ticks) at tick 0; A is due at tick 5, B at 10, C at 30.
 *
 *     tick  0   A is in near bucket 5; B on level 1, in unit 2 (ticks 8 to 11); C on level 2, in unit 3 (ticks 24 to 31)
 *               nextExpiry() is tick 4: from then on unit 2 of level 1 can be moved, and that is sooner than A
 *     tick  4   B moves to near bucket 2 (10 modulo 8)
 *     tick  5   A is returned
 *     tick 10   B is returned
 *     tick 16   unit 3 of level 2 can be moved: C moves to level 1, unit 7 (ticks 28 to 31)
 *     tick 24   unit 7 of level 1 can be moved: C moves to near bucket 6
 *     tick 30   C is returned, after two wake-ups that returned nothing: one for each level it had to leave
 *
 * **Costs**: arm, re-arm and disarm take constant time, expiring a timer too; nextExpiry, and an advance with nothing due,
 * look at the bitmap of each level. 20 bytes a timer and 50 kB for the wheel. `npm run bench -- wheel` measures it.
 *
 * **Why not** a heap: it arms and disarms as fast, but expiring and re-arming costs log n, 5 to 10 times as much at 100,000
 * timers. Levels aligned by the bits of the absolute time (tokio): a 100 ms timer would cross a boundary, and so be moved,
 * in 39 % of its periods; the price here is that the first timer is looked for on every level. Rounding up instead of
 * moving (Linux): up to 12.5 % late. A period for each timer, so that the wheel re-arms it by itself: not faster for timers
 * that lie one after the other, and the next moment of a timer also depends on its lead, jitter and missed ticks.
 *
 * **Not promised.** Within a tick, timers are not in the order of their microseconds; a timer may be up to one tick late.
 * nextExpiry may be early, as above. A timer that was returned has left the wheel: disarming it then has no effect.
 */
import type { TimerIndex } from '../kernel/due-tick.js'
import { InternalError } from '../kernel/errors.js'
import type { Micros } from '../kernel/time.js'
import { Occupancy } from './occupancy.js'
import { TimerLists } from './timer-lists.js'
import { BUCKETS, instantOf, isInstant, layLevels, tickAfter, tickBefore, type WheelLevel } from './wheel-levels.js'

/** A timer beyond the reach of level 2 waits on the far level, this many units ahead: the unit after the next one. */
const FAR_AHEAD = 2

export interface TimingWheelOptions {
  /** The instant the wheel starts from. */
  start: Micros
  /** How many timers there are. */
  timers: number
  /** Buckets of each level but the far one, finest first; powers of two. Default: those in the table above. */
  buckets?: readonly number[]
}

/** The inside of a wheel, for the check of its invariants. */
export interface WheelParts {
  readonly tick: number
  readonly levels: readonly WheelLevel[]
  readonly lists: TimerLists
  readonly occupied: Occupancy
}

export class TimingWheel {
  /** The timers that the last {@link advance} returned, in its first places. */
  readonly expired: Int32Array
  readonly #lists: TimerLists
  readonly #occupied: Occupancy
  /** Every level, finest first; `#near` is the first, `#far` the last. */
  readonly #levels: readonly WheelLevel[]
  readonly #near: WheelLevel
  readonly #far: WheelLevel
  /** Most timers that an advance moves to a finer level before they must be. */
  readonly #movesAhead: number
  /** The current tick: every bucket before it is empty, on every level. */
  #tick: number

  constructor({ start, timers, buckets = BUCKETS }: TimingWheelOptions) {
    this.#levels = layLevels(buckets)
    this.#near = this.#levels[0]!
    this.#far = this.#levels.at(-1)!
    this.#movesAhead = this.#near.buckets / 4
    const total = this.#far.base + this.#far.buckets
    this.#lists = new TimerLists(total, timers)
    this.#occupied = new Occupancy(total)
    this.expired = new Int32Array(timers)
    this.#tick = tickBefore(start)
  }

  /** Arms a timer, or re-arms it, for `due`; for the next advance when that is past. It comes last of its tick. */
  arm(timer: TimerIndex, due: Micros): void {
    if (!isInstant(due)) throw outOfRange('due moment', due)
    const lists = this.#lists
    const node = this.#nodeOf(timer)
    if (!lists.isAlone(node)) this.#unlink(node)
    lists.setDue(node, due)
    this.#append(this.#bucketFor(tickAfter(due)), node)
  }

  /** Has no effect on a timer that is not armed. */
  disarm(timer: TimerIndex): void {
    const node = this.#nodeOf(timer)
    if (this.#lists.isAlone(node)) return
    this.#unlink(node)
    this.#lists.makeAlone(node)
  }

  isArmed(timer: TimerIndex): boolean {
    return !this.#lists.isAlone(this.#nodeOf(timer))
  }

  /**
   * When to advance next: never later than the first timer can be returned, Infinity when none is armed.
   *
   * It may be earlier, by one wake-up for each coarser level the first timer still has to leave.
   */
  nextExpiry(): Micros {
    const soonest = this.#tick + 1
    let tick = this.#firstUnit(this.#near, this.#tick)
    for (let at = 1; at < this.#levels.length && tick > soonest; at++) {
      const level = this.#levels[at]!
      const opens = (this.#firstUnit(level, level.unit(this.#tick) + 1) - 1) * level.width
      tick = Math.min(tick, Math.max(opens, soonest))
    }
    return instantOf(tick)
  }

  /**
   * Disarms the timers that are due at `now`, puts them in {@link expired} and returns how many they are. An instant
   * before the latest one seen counts as the latest.
   */
  advance(now: Micros): number {
    if (!isInstant(now)) throw outOfRange('instant', now)
    const last = Math.max(tickBefore(now), this.#tick)
    let count = 0
    // From one occupied bucket to the next, never tick by tick: a stall costs what is due, not how long it was.
    for (let tick = this.#nextEvent(); tick <= last; tick = this.#nextEvent()) {
      this.#moveTo(tick)
      count = this.#expire(count)
    }
    this.#tick = last
    this.#moveAhead()
    return count
  }

  /** For tests. */
  inspect(): WheelParts {
    return { tick: this.#tick, levels: this.#levels, lists: this.#lists, occupied: this.#occupied }
  }

  #nodeOf(timer: TimerIndex): number {
    const { timers } = this.#lists
    if (timer >= 0 && timer < timers) return this.#lists.node(timer)
    throw new InternalError(`the index of a timer must be from 0 to ${timers - 1}, got ${timer}`)
  }

  /** The bucket of the finest level that reaches the tick: the distance counts, not how the tick is aligned. */
  #bucketFor(tick: number): number {
    const current = this.#tick
    const near = this.#near
    if (tick - current < near.buckets) return near.bucket(Math.max(tick, current))
    const levels = this.#levels
    for (let at = 1; at < levels.length - 1; at++) {
      const level = levels[at]!
      const unit = level.unit(tick)
      if (unit - level.unit(current) < level.buckets) return level.bucket(unit)
    }
    return this.#far.bucket(this.#far.unit(current) + FAR_AHEAD)
  }

  /** The first tick, from the current one on, at which a timer expires or a bucket must have been moved down. */
  #nextEvent(): number {
    const coarser = this.#levels[1]!
    let tick = this.#firstUnit(this.#near, this.#tick)
    if (tick < (coarser.unit(this.#tick) + 1) * coarser.width) return tick
    for (let at = 1; at < this.#levels.length; at++) {
      const level = this.#levels[at]!
      tick = Math.min(tick, this.#firstUnit(level, level.unit(this.#tick) + 1) * level.width)
    }
    return tick
  }

  /** Makes `tick` the current one, and empties every coarse bucket that begins with it. */
  #moveTo(tick: number): void {
    this.#tick = tick
    if ((tick & (this.#levels[1]!.width - 1)) !== 0) return
    for (let at = this.#levels.length - 1; at > 0; at--) {
      this.#moveDown(at, this.#levels[at]!.unit(tick), Number.POSITIVE_INFINITY)
    }
  }

  /** Moves timers down ahead of time, from the buckets that begin next, the finest level first. */
  #moveAhead(): void {
    let moves = this.#movesAhead
    for (let at = 1; at < this.#levels.length; at++) {
      moves -= this.#moveDown(at, this.#levels[at]!.unit(this.#tick) + 1, moves)
    }
  }

  /**
   * Moves up to `most` timers of a unit to the next finer level, last to first and each to the front of its bucket: they
   * were armed before every timer of the same tick that is there (see "order" above). Returns how many.
   */
  #moveDown(at: number, unit: number, most: number): number {
    const level = this.#levels[at]!
    const bucket = level.bucket(unit)
    if (!this.#occupied.has(bucket)) return 0
    const lists = this.#lists
    const finer = this.#levels[at - 1]!
    const end = (unit + 1) * level.width
    const head = lists.head(bucket)
    let moved = 0
    for (let node = lists.prev(head); node !== head && moved < most; node = lists.prev(head)) {
      const tick = tickAfter(lists.due(node))
      this.#unlink(node)
      // Only the far level holds timers beyond their unit; they stay on it, one unit on.
      this.#prepend(tick < end ? finer.bucket(finer.unit(tick)) : level.bucket(unit + 1), node)
      moved++
    }
    return moved
  }

  /** Takes out the timers of the current tick; `count` are in `expired` already. Returns how many are there then. */
  #expire(count: number): number {
    const lists = this.#lists
    const { expired } = this
    const bucket = this.#near.bucket(this.#tick)
    const head = lists.head(bucket)
    let node = lists.next(head)
    if (node === head) return count
    let length = count
    while (node !== head) {
      const next = lists.next(node)
      lists.makeAlone(node)
      expired[length++] = lists.timer(node)
      node = next
    }
    lists.makeAlone(head)
    this.#occupied.clear(bucket)
    return length
  }

  #append(bucket: number, node: number): void {
    if (this.#lists.append(bucket, node)) this.#occupied.mark(bucket)
  }

  #prepend(bucket: number, node: number): void {
    if (this.#lists.prepend(bucket, node)) this.#occupied.mark(bucket)
  }

  #unlink(node: number): void {
    const emptied = this.#lists.unlink(node)
    if (emptied >= 0) this.#occupied.clear(emptied)
  }

  /** The first occupied unit of a level, `from` being the first that can be; Infinity when the level is empty. */
  #firstUnit(level: WheelLevel, from: number): number {
    const end = level.base + level.buckets
    const start = level.bucket(from)
    let bucket = this.#occupied.next(start, end)
    if (bucket < 0) bucket = this.#occupied.next(level.base, end)
    if (bucket < 0) return Number.POSITIVE_INFINITY
    return from + level.distance(start, bucket)
  }
}

function outOfRange(name: string, value: Micros): InternalError {
  return new InternalError(`the ${name} must be a whole number of microseconds up to 2^52, got ${value}`)
}
