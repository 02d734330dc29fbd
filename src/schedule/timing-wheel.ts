/**
 * Which timers are due: a hierarchical timing wheel that neither ticks nor calls back.
 *
 * **The problem.** Up to a million timers, most of them periodic, each due at an exact microsecond. Inserting,
 * cancelling and re-arming one must cost some tens of nanoseconds whatever else is pending, an idle wheel must cost
 * nothing, and no call may hold up the thread with a burst of the wheel's own housekeeping.
 *
 * **What holds**, with `tick(t) = t / 62.5 µs`, and every instant a whole number of microseconds:
 *
 *     never early    due <= now                            for every entry that advance(now) returns
 *     never lost     ceil(tick(due)) > floor(tick(now))    for every timer left when the batch is not full
 *     once           when an entry is returned, its timer is gone or waits for a moment > now
 *     order          ceil(tick(due)) never falls from one entry to the next; within a tick, first in is first out
 *     no drift       due = first + k * period exactly; entries + missed = floor((now - first) / period) + 1
 *     no oversleep   nextExpiry() <= the instant at which the next entry can be returned; Infinity iff size = 0
 *
 * "In" means inserted, rescheduled or re-armed. A timer that is due by then counts as due at the current tick.
 *
 * **Structure.** Rings of slots, a slot being a list of timers. All follows from the tick and the slots of each ring:
 *
 *     ring   slot                   slots   reaches    its slots are moved to the finer ring
 *     near   1 tick      62.5 µs    4096    256 ms     never: they expire
 *     1      2048 ticks  128 ms     1024    131 s      within the 128 ms before they begin
 *     2      2^20 ticks  65.5 s     1024    18.6 h     within the 65.5 s before they begin
 *     far    2^29 ticks  9.3 h      4       any time   every 9.3 h, and what is out of reach even then stays
 *
 * - *Distance decides.* A timer sits on the finest ring that reaches it from the current tick. So a 100 ms job is on the
 *   near ring always, and a timer leaves each coarser ring once.
 * - *Half overlap.* A slot is half as wide as the finer ring reaches. When the slot before it begins, all of it is within
 *   the reach of the finer ring, so moving it is spread over that slot: 1024 timers an advance, the rest when it begins.
 * - *Order.* Distances only shrink. So of all timers that wait for one tick, those on a coarser ring came before those on
 *   a finer one: a slot is moved from its tail on, to the heads of the lists below.
 *
 * What it all rests on: *every slot before the current tick is empty, on every ring*. The current tick goes from one
 * occupied slot to the next, and `#moveTo` restores this at each.
 *
 * **Example**: the tiny wheel (8, 4 and 4 slots, of 1, 4 and 8 ticks) at tick 0; A is due at tick 5, B at 10, C at 30.
 *
 *     tick  0   A is in near slot 5; B on ring 1, in unit 2 (ticks 8 to 11); C on ring 2, in unit 3 (ticks 24 to 31)
 *               nextExpiry() is tick 4: from then on unit 2 of ring 1 can be moved, and that is sooner than A
 *     tick  4   B moves to near slot 2 (10 modulo 8)
 *     tick  5   A is returned
 *     tick 10   B is returned
 *     tick 16   unit 3 of ring 2 can be moved: C moves to ring 1, unit 7 (ticks 28 to 31)
 *     tick 24   unit 7 of ring 1 can be moved: C moves to near slot 6
 *     tick 30   C is returned, after two wake-ups in vain: one for each ring it had to leave
 *
 * **Costs**, all constant; measured with Node 20 on a 2-core virtual machine (`npm run bench -- wheel`). Cancel and
 * insert: 30 ns together, 40 among a million timers, 320 if each is a random one of them and comes from main memory.
 * Expire and re-arm: 17 to 30 ns in a crowd, 100 for a timer alone in its tick, 170 for a random one of a million.
 * nextExpiry, and an advance with nothing due: a look at the bitmap of each ring. 32 bytes a timer, at most 40 with
 * what growing leaves free, and 80 kB for the wheel.
 *
 * **Why not** a heap: it inserts and cancels as fast, but every re-arm costs log n; periodic timers in a crowd take 4 to
 * 11 times as long. Rings aligned by the bits of the absolute time (tokio): a 100 ms job would cross a boundary, and so be
 * moved, in 39 % of its periods; the price here is that the first timer is looked for on every ring. Rounding up instead
 * of moving (Linux): up to 12.5 % late.
 *
 * **Not promised.** Within a tick, entries are not in the order of their microseconds; an entry may be up to one tick
 * late. nextExpiry may be early, as above. What a batch holds has left the wheel and cannot be cancelled.
 */
import { InternalError } from '../kernel/errors.js'
import type { Micros } from '../kernel/time.js'
import { DueBatch } from './due-batch.js'
import { Occupancy } from './occupancy.js'
import { type TimerHandle, TimerSlab } from './timer-slab.js'
import { instantOf, isInstant, layRings, type Ring, tickAfter, tickBefore } from './wheel-rings.js'

/** Timers there is room for at first, and entries of a batch, unless somebody says otherwise. */
const DEFAULT_CAPACITY = 1024

/** What no ring reaches is parked on the far ring this many units ahead: one to come, and one to look at it in. */
const FAR_AHEAD = 2

export interface TimingWheelOptions {
  /** The instant the wheel starts from. */
  start: Micros
  /** Timers to make room for at once; more make it grow. Default: 1024. */
  capacity?: number
  /** A few slots on each ring, so that a test soon reaches every move and every wrap. */
  tiny?: boolean
}

export class TimingWheel {
  readonly #slab: TimerSlab
  readonly #occupied: Occupancy
  readonly #batch = new DueBatch(DEFAULT_CAPACITY)
  /** Every ring, finest first; `#near` is the first, `#far` the last. */
  readonly #rings: readonly Ring[]
  readonly #near: Ring
  readonly #far: Ring
  /** Most timers an advance moves to a finer ring before they must be. */
  readonly #movesAhead: number
  /** The latest instant seen. */
  #now: Micros
  /** Every slot before this tick is empty, on every ring. Behind `#now` only while entries that are due are left. */
  #tick: number

  constructor({ start, capacity = DEFAULT_CAPACITY, tiny = false }: TimingWheelOptions) {
    this.#rings = layRings(tiny)
    this.#near = this.#rings[0]!
    this.#far = this.#rings.at(-1)!
    this.#movesAhead = this.#near.slots / 4
    const slots = this.#far.base + this.#far.slots
    this.#slab = new TimerSlab(slots, capacity)
    this.#occupied = new Occupancy(slots)
    this.#now = start
    this.#tick = tickBefore(start)
  }

  /** Timers pending. */
  get size(): number {
    return this.#slab.size
  }

  /**
   * A timer that fires once, at or after `due`; at the next advance when that is past already.
   *
   * @param payload a 32-bit integer, given back when the timer is due.
   */
  insert(due: Micros, payload: number): TimerHandle {
    return this.#insert(due, 0, payload)
  }

  /** A timer that fires at `due` and every `period` from there, until it is cancelled. */
  insertPeriodic(due: Micros, period: Micros, payload: number): TimerHandle {
    if (!(isInstant(period) && period > 0)) throw outOfRange('period', period)
    return this.#insert(due, period, payload)
  }

  /** Returns false when the handle is stale: the timer has fired (and was not periodic) or was cancelled. */
  cancel(handle: TimerHandle): boolean {
    const slab = this.#slab
    const node = slab.nodeOf(handle)
    if (node === 0) return false
    this.#unlink(node)
    slab.release(node)
    return true
  }

  /** Moves a timer to another moment, behind all that wait for the same tick; a periodic one goes on from there. */
  reschedule(handle: TimerHandle, due: Micros): boolean {
    if (!isInstant(due)) throw outOfRange('due', due)
    const slab = this.#slab
    const node = slab.nodeOf(handle)
    if (node === 0) return false
    this.#unlink(node)
    slab.setDue(node, due)
    this.#append(this.#slotFor(tickAfter(due)), node)
    return true
  }

  has(handle: TimerHandle): boolean {
    return this.#slab.nodeOf(handle) !== 0
  }

  /**
   * When to advance next: never later than the first timer can be returned, Infinity when there is none.
   *
   * It may be earlier, by a wake-up for each coarser ring the first timer still has to leave.
   */
  nextExpiry(): Micros {
    if (this.#slab.size === 0) return Number.POSITIVE_INFINITY
    const soonest = this.#tick + 1
    let tick = this.#firstUnit(this.#near, this.#tick)
    for (let level = 1; level < this.#rings.length && tick > soonest; level++) {
      const ring = this.#rings[level]!
      const opens = (this.#firstUnit(ring, ring.unit(this.#tick) + 1) - 1) * ring.width
      tick = Math.min(tick, Math.max(opens, soonest))
    }
    return instantOf(tick)
  }

  /**
   * Takes out what is due at `now`, re-arming what is periodic, and returns it in `batch`: up to its capacity, the rest
   * at the next call, first. Every call fills the batch anew; an instant before the latest one seen counts as that one.
   */
  advance(now: Micros, batch: DueBatch = this.#batch): DueBatch {
    if (!isInstant(now)) throw outOfRange('now', now)
    if (now > this.#now) this.#now = now
    const last = tickBefore(this.#now)
    batch.length = 0
    while (!batch.isFull) {
      // From one occupied slot to the next, never tick by tick: a stall costs what is in it, not how long it was.
      const next = this.#nextEvent()
      if (next > last) {
        this.#tick = last
        this.#moveAhead()
        break
      }
      this.#moveTo(next)
      this.#expire(batch)
    }
    return batch
  }

  /** For tests: looks at every slot. @throws InternalError with all that is wrong, and a dump. */
  checkInvariants(): void {
    const faults = [...this.#faults()]
    if (faults.length > 0) throw new InternalError(`${faults.join('\n')}\n${this.dump()}`)
  }

  /** The occupied slots and what they hold, one line each. */
  dump(): string {
    const lines = [
      `wheel at tick ${this.#tick}, now ${this.#now} µs: ${this.size} timers, room for ${this.#slab.capacity}`,
    ]
    for (const [level, ring] of this.#rings.entries()) {
      for (let index = 0; index < ring.slots; index++) {
        const timers = this.#slab.nodes(ring.base + index).map((node) => this.#describe(node))
        if (timers.length > 0) lines.push(`  ring ${level} slot ${index}: ${timers.join(', ')}`)
      }
    }
    return lines.join('\n')
  }

  #insert(due: Micros, period: Micros, payload: number): TimerHandle {
    if (!isInstant(due)) throw outOfRange('due', due)
    const slab = this.#slab
    const node = slab.allocate(due, period, payload)
    this.#append(this.#slotFor(tickAfter(due)), node)
    return slab.handleOf(node)
  }

  /** The slot of the finest ring that reaches the tick: what counts is the distance, not how the tick is aligned. */
  #slotFor(tick: number): number {
    const current = this.#tick
    const near = this.#near
    if (tick - current < near.slots) return near.slot(Math.max(tick, current))
    const rings = this.#rings
    for (let level = 1; level < rings.length - 1; level++) {
      const ring = rings[level]!
      const unit = ring.unit(tick)
      if (unit - ring.unit(current) < ring.slots) return ring.slot(unit)
    }
    return this.#far.slot(this.#far.unit(current) + FAR_AHEAD)
  }

  /** The first tick, from the current one on, at which a timer expires or a slot must have been moved down. */
  #nextEvent(): number {
    const coarser = this.#rings[1]!
    let tick = this.#firstUnit(this.#near, this.#tick)
    if (tick < (coarser.unit(this.#tick) + 1) * coarser.width) return tick
    for (let level = 1; level < this.#rings.length; level++) {
      const ring = this.#rings[level]!
      tick = Math.min(tick, this.#firstUnit(ring, ring.unit(this.#tick) + 1) * ring.width)
    }
    return tick
  }

  /** Makes `tick` the current one, and restores the order of the rings: no coarse slot that has begun keeps a timer. */
  #moveTo(tick: number): void {
    this.#tick = tick
    if ((tick & (this.#rings[1]!.width - 1)) !== 0) return
    for (let level = this.#rings.length - 1; level > 0; level--) {
      this.#moveDown(level, this.#rings[level]!.unit(tick), Number.POSITIVE_INFINITY)
    }
  }

  /** Moves down what will have to be: the slots that begin next, the most urgent first. */
  #moveAhead(): void {
    let moves = this.#movesAhead
    for (let level = 1; level < this.#rings.length; level++) {
      moves -= this.#moveDown(level, this.#rings[level]!.unit(this.#tick) + 1, moves)
    }
  }

  /**
   * Moves up to `most` timers of a unit to the next finer ring, last to first and each to the front of its slot: they
   * were here before any timer of the same tick that is there (see "order" above). Returns how many.
   */
  #moveDown(level: number, unit: number, most: number): number {
    const ring = this.#rings[level]!
    const slot = ring.slot(unit)
    if (!this.#occupied.has(slot)) return 0
    const slab = this.#slab
    const finer = this.#rings[level - 1]!
    const end = (unit + 1) * ring.width
    const head = slab.head(slot)
    let moved = 0
    for (let node = slab.prev(head); node !== head && moved < most; node = slab.prev(head)) {
      const tick = tickAfter(slab.due(node))
      this.#unlink(node)
      // Only the far ring holds timers beyond their unit; they stay on it, one unit on.
      this.#prepend(tick < end ? finer.slot(finer.unit(tick)) : ring.slot(unit + 1), node)
      moved++
    }
    return moved
  }

  /** Takes the timers of the current tick, as many as the batch has room for. */
  #expire(batch: DueBatch): void {
    const slab = this.#slab
    const now = this.#now
    const { capacity, payload, due, missed, handle } = batch
    const slot = this.#near.slot(this.#tick)
    const head = slab.head(slot)
    let entry = batch.length
    let node = slab.next(head)
    while (node !== head && entry < capacity) {
      // Read before the node goes elsewhere. It does not come back to this list: what is re-armed is due after `now`, and
      // no later tick within reach of the ring shares a slot with this one.
      const next = slab.next(node)
      const moment = slab.due(node)
      const period = slab.period(node)
      payload[entry] = slab.payload(node)
      due[entry] = moment
      handle[entry] = slab.handleOf(node)
      if (period === 0) {
        missed[entry] = 0
        slab.release(node)
      } else {
        const lapsed = Math.floor((now - moment) / period)
        const nextMoment = moment + (lapsed + 1) * period
        missed[entry] = lapsed
        slab.setDue(node, nextMoment)
        this.#append(this.#slotFor(tickAfter(nextMoment)), node)
      }
      entry++
      node = next
    }
    batch.length = entry
    slab.join(head, node)
    if (node === head) this.#occupied.clear(slot)
  }

  #append(slot: number, node: number): void {
    if (this.#slab.append(slot, node)) this.#occupied.mark(slot)
  }

  #prepend(slot: number, node: number): void {
    if (this.#slab.prepend(slot, node)) this.#occupied.mark(slot)
  }

  #unlink(node: number): void {
    const emptied = this.#slab.unlink(node)
    if (emptied >= 0) this.#occupied.clear(emptied)
  }

  /** The first occupied unit of a ring, `from` being the first that can be; Infinity when it is empty. */
  #firstUnit(ring: Ring, from: number): number {
    const end = ring.base + ring.slots
    const start = ring.slot(from)
    let slot = this.#occupied.next(start, end)
    if (slot < 0) slot = this.#occupied.next(ring.base, end)
    if (slot < 0) return Number.POSITIVE_INFINITY
    return from + ring.distance(start, slot)
  }

  *#faults(): Generator<string> {
    const slab = this.#slab
    let listed = 0
    for (const [level, ring] of this.#rings.entries()) {
      for (let slot = ring.base; slot < ring.base + ring.slots; slot++) {
        yield* slab.linkFaults(slot)
        const nodes = slab.nodes(slot)
        listed += nodes.length
        if (this.#occupied.has(slot) !== nodes.length > 0) yield `ring ${level}: the occupancy of slot ${slot} is wrong`
        for (const node of nodes) {
          if (!this.#belongs(node, ring, slot)) yield `${this.#describe(node)} is in a wrong slot`
        }
      }
    }
    yield* slab.recordFaults(listed)
    for (const word of this.#occupied.brokenWords()) yield `the summary of occupancy word ${word} is wrong`
    if (this.#tick > tickBefore(this.#now)) yield 'the current tick is ahead of now'
  }

  #belongs(node: number, ring: Ring, slot: number): boolean {
    const tick = Math.max(tickAfter(this.#slab.due(node)), this.#tick)
    const ahead = ring.unit(tick) - ring.unit(this.#tick)
    if (ring === this.#near) return ahead < ring.slots && slot === ring.slot(tick)
    if (ring !== this.#far) return ahead > 0 && ahead < ring.slots && slot === ring.slot(ring.unit(tick))
    const parked = ring.distance(ring.slot(ring.unit(this.#tick)), slot)
    return parked > 0 && parked <= Math.min(ahead, FAR_AHEAD)
  }

  #describe(node: number): string {
    const slab = this.#slab
    const due = slab.due(node)
    const period = slab.period(node) > 0 ? ` every ${slab.period(node)}` : ''
    return `#${slab.handleOf(node)} payload ${slab.payload(node)} due ${due} (tick ${tickAfter(due)})${period}`
  }
}

function outOfRange(name: string, value: Micros): InternalError {
  return new InternalError(`${name} of a timer must be a whole number of microseconds up to 2^52, got ${value}`)
}
