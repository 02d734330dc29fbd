/**
 * When: keeps every timer's next due moment in the timing wheel, and brings ticks to the sink as they come due.
 *
 * A punctual timer is armed twice for each tick. At `due - lead` the tick is offered: taken, it travels to its thread
 * early and is held there, in the gate, until it is due. Not taken (the lane is busy, say), the timer is armed again for
 * `due` and the tick arrives then.
 *
 *        due - lead            due
 *     ------|-------------------|-------------------------->
 *         offer  (taken: hand-over, gate) method starts
 *                (not taken)      arrive: run, wait or skip
 *
 * Ticks that are found late, several at once after a stall, are judged by the timer's `missed` policy first.
 */
import type { Clock } from '../kernel/clock.js'
import type { TimerDefinition } from '../kernel/definitions.js'
import type { DueTick, TimerIndex } from '../kernel/due-tick.js'
import type { Events } from '../kernel/events.js'
import type { Micros, Millis } from '../kernel/time.js'
import { type Cadence, type Due, firstDue, type Moment } from './cadence.js'
import { cadenceOf } from './cadence-of.js'
import { ClockWatch } from './clock-watch.js'
import { alignedGrid, gridFrom } from './grid.js'
import { jitterOffset } from './jitter.js'
import { judgeLapse } from './lapse.js'
import { startDeadlineOf } from './start-deadline.js'
import type { TimerHandle } from './timer-slab.js'
import { TimingWheel } from './timing-wheel.js'

/** Where ticks go. Timers are named by their index. */
export interface TickSink {
  /** A tick that will come due in a moment; true when it was taken. */
  offer(timer: TimerIndex, tick: DueTick, now: Micros): boolean
  /** A tick that is due. */
  arrive(timer: TimerIndex, tick: DueTick, now: Micros): void
  /** `count` ticks have lapsed, `last` being the latest of them. */
  miss(timer: TimerIndex, count: number, last: DueTick): void
  /** A lapsed tick that is to be made up for, when there is room. */
  makeUp(timer: TimerIndex, tick: DueTick): void
}

export interface SchedulerOptions {
  readonly clock: Clock
  readonly events: Events
  readonly timers: readonly TimerDefinition[]
  readonly sink: TickSink
  /** How late the scheduler woke against its target. */
  readonly onLag: (lag: Micros) => void
}

/**
 * How long before its due moment a tick is offered: the main thread's own wake-up may be 1.1 ms late, the hand-over
 * takes another 0.1 to 0.4 ms, and the gate wants to be reached in time.
 */
const LEAD: Micros = 2_500

/** An alarm may come this much early. What was to be offered then is offered now: that spares waking up once more. */
const ALARM_TOLERANCE: Micros = 1_000

/** `precise: 'auto'` uses the gate from this interval on: it blocks the thread for up to {@link LEAD}. */
const SHORTEST_GATED: Micros = 20_000

/** Even with nothing to do the clocks are looked at this often: a set clock costs a cron tick no more than this. */
const WATCH_EVERY: Micros = 1_000_000

interface Entry {
  readonly definition: TimerDefinition
  cadence: Cadence
  /** The last due moment that was dealt with; the start before the first. */
  last: Moment
  /** The due moment that is armed; undefined when there is none. */
  due: Due | undefined
  /** An aligned grid that is to be laid anew: the wall clock was set. */
  isOff: boolean
  /** `due.at` and its jitter. */
  at: Micros
  handle: TimerHandle | undefined
}

export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #wheel: TimingWheel
  readonly #watch: ClockWatch
  readonly #wake = () => this.#onAlarm()
  #entries: readonly Entry[] = []
  /** Timers whose tick was offered and not taken, to be armed for its due moment. */
  readonly #notTaken: number[] = []
  #alarmAt: Micros = Number.POSITIVE_INFINITY
  #isRunning = false

  constructor(options: SchedulerOptions) {
    this.#options = options
    const now = options.clock.now()
    this.#wheel = new TimingWheel({ start: now, capacity: options.timers.length })
    this.#watch = new ClockWatch(now, options.clock.wallNow())
  }

  /** Grids start now: the first tick of an interval timer is due one interval from here, that of an eager one at once. */
  start(): void {
    const { clock, timers } = this.#options
    const start: Moment = { sequence: 0, at: clock.now(), wallAt: clock.wallNow() }
    this.#isRunning = true
    this.#entries = timers.map((definition) => {
      const cadence = cadenceOf(definition.schedule, start)
      const due = firstDue(cadence, start, definition.eager)
      return { definition, cadence, last: start, due, isOff: false, at: 0, handle: undefined }
    })
    for (const [index, entry] of this.#entries.entries()) this.#arm(index, entry, start.at)
    this.#setAlarm()
  }

  /** No tick is brought any more. */
  stop(): void {
    this.#isRunning = false
    this.#options.clock.clearAlarm()
  }

  /** The due moment after which a timer's ticks follow each other by another interval is the last one dealt with. */
  changeInterval(timer: TimerIndex, interval: Micros): void {
    const entry = this.#entries[timer]
    if (!entry || !this.#isRunning || entry.due?.period === interval) return
    const { clock } = this.#options
    const now = clock.now()
    entry.cadence = gridFrom(entry.last, interval)
    entry.due = entry.cadence.after(entry.last, now, clock.wallNow())
    this.#disarm(entry)
    this.#arm(timer, entry, now)
    this.#setAlarm()
  }

  nextDue(timer: TimerIndex): Micros | undefined {
    const entry = this.#entries[timer]
    return this.#isRunning && entry?.due ? entry.at : undefined
  }

  /** Distance between the next two ticks of a timer; 0 before the start. */
  period(timer: TimerIndex): Micros {
    return this.#entries[timer]?.due?.period ?? 0
  }

  /** By how much the scheduler is late for what it should have done by now. */
  behind(): Micros {
    if (!this.#isRunning) return 0
    return Math.max(0, this.#options.clock.now() - this.#wheel.nextExpiry())
  }

  #onAlarm(): void {
    const { clock, onLag } = this.#options
    const now = clock.now()
    const wallNow = clock.wallNow()
    if (now >= this.#alarmAt) onLag(now - this.#alarmAt)
    this.#watchClocks(now, wallNow)
    const horizon = Math.max(now, Math.min(this.#alarmAt, now + ALARM_TOLERANCE))
    let batch = this.#wheel.advance(horizon)
    for (;;) {
      for (let at = 0; at < batch.length; at++) this.#expire(batch.payload[at]!, now, wallNow)
      if (!batch.isFull) break
      batch = this.#wheel.advance(horizon)
    }
    // Not before the wheel has been emptied up to the horizon: some are due before it, and would come again at once.
    for (const index of this.#notTaken.splice(0)) {
      const entry = this.#entries[index]!
      entry.handle = this.#wheel.insert(entry.at, index)
    }
    this.#setAlarm()
  }

  #expire(index: number, now: Micros, wallNow: Millis): void {
    const entry = this.#entries[index]!
    entry.handle = undefined
    const { due } = entry
    if (!due) return
    const retimed = entry.cadence.retime(due, now, wallNow)
    if (retimed !== due) {
      entry.due = retimed
      this.#arm(index, entry, now)
    } else if (now < entry.at) {
      if (this.#options.sink.offer(index, this.#tick(entry, due), now)) this.#moveOn(index, entry, due, now, wallNow)
      else this.#notTaken.push(index)
    } else {
      this.#bring(index, entry, due, now, wallNow)
    }
  }

  /** Brings what has come due: one tick, or several that lapsed together. */
  #bring(index: number, entry: Entry, due: Due, now: Micros, wallNow: Millis): void {
    const { sink } = this.#options
    // Jitter puts the whole timer off: what has come due is judged as of then.
    const shift = entry.at - due.at
    const lapse = entry.cadence.lapsed(due, now - shift, wallNow - shift / 1_000)
    if (lapse.count === 1) {
      sink.arrive(index, this.#tick(entry, due), now)
    } else {
      const { go, missed, lastMissed } = judgeLapse(entry.definition, lapse, now - shift)
      if (lastMissed) sink.miss(index, missed, this.#tick(entry, lastMissed))
      for (const older of go.slice(0, -1)) sink.makeUp(index, this.#tick(entry, older))
      const newest = go.at(-1)
      if (newest) sink.arrive(index, this.#tick(entry, newest), now)
    }
    this.#moveOn(index, entry, lapse.latest.at(-1)!, now, wallNow)
  }

  /** A due moment has been dealt with: arms the one that follows. */
  #moveOn(index: number, entry: Entry, dealtWith: Due, now: Micros, wallNow: Millis): void {
    entry.last = dealtWith
    const { schedule } = entry.definition
    if (entry.isOff && schedule.kind === 'interval')
      this.#lay(entry, dealtWith.sequence, schedule.interval, now, wallNow)
    else entry.due = entry.cadence.after(dealtWith, now, wallNow)
    this.#arm(index, entry, now)
  }

  #arm(index: number, entry: Entry, now: Micros): void {
    const { due, definition } = entry
    if (!due) return
    entry.at = due.at + jitterOf(definition, due)
    const offerAt = entry.at - leadOf(definition, due)
    entry.handle = this.#wheel.insert(offerAt > now ? offerAt : entry.at, index)
  }

  #disarm(entry: Entry): void {
    if (entry.handle !== undefined) this.#wheel.cancel(entry.handle)
    entry.handle = undefined
  }

  #tick(entry: Entry, due: Due): DueTick {
    const jitter = jitterOf(entry.definition, due)
    const dueMono = due.at + jitter
    return {
      sequence: due.sequence,
      dueMono,
      dueWall: due.wallAt + jitter / 1_000,
      startBy: dueMono + startDeadlineOf(entry.definition, due.period),
    }
  }

  /** After a jump of the wall clock, cron ticks lie elsewhere on the monotonic clock. */
  #watchClocks(now: Micros, wallNow: Millis): void {
    const jump = this.#watch.look(now, wallNow)
    if (jump === undefined) return
    this.#options.events.emit('clock.jumped', { by: jump / 1_000, direction: jump > 0 ? 'forward' : 'backward' })
    for (const [index, entry] of this.#entries.entries()) {
      this.#layAnew(entry, now, wallNow)
      const retimed = entry.due && entry.cadence.retime(entry.due, now, wallNow)
      if (retimed === entry.due) continue
      entry.due = retimed
      this.#disarm(entry)
      this.#arm(index, entry, now)
    }
  }

  /** An aligned grid is laid where the wall clock has its multiples now: instances must go on to agree on it. */
  #layAnew(entry: Entry, now: Micros, wallNow: Millis): void {
    const { definition, due } = entry
    const { schedule } = definition
    if (schedule.kind !== 'interval' || !schedule.align || !due) return
    if (due.at <= now) {
      // What is due now is dealt with first.
      entry.isOff = true
      return
    }
    this.#lay(entry, entry.last.sequence, schedule.interval, now, wallNow)
    this.#disarm(entry)
    this.#arm(this.#entries.indexOf(entry), entry, now)
  }

  #lay(entry: Entry, sequence: number, interval: Micros, now: Micros, wallNow: Millis): void {
    const moment = { sequence, at: now, wallAt: wallNow }
    entry.cadence = alignedGrid(moment, interval)
    entry.due = entry.cadence.after(moment, now, wallNow)
    entry.isOff = false
  }

  #setAlarm(): void {
    if (!this.#isRunning) return
    const { clock } = this.#options
    this.#alarmAt = Math.min(this.#wheel.nextExpiry(), clock.now() + WATCH_EVERY)
    clock.setAlarm(this.#alarmAt, this.#wake)
  }
}

/** Processes that share a timer number its ticks each from its own start: they go by the due moment. */
function jitterOf({ id, jitter, scope }: TimerDefinition, { sequence, wallAt, period }: Due): Micros {
  return jitter === 0 ? 0 : jitterOffset(id, scope === 'cluster' ? Math.round(wallAt) : sequence, jitter, period)
}

function leadOf({ precise }: TimerDefinition, { period }: Due): Micros {
  if (precise === false) return 0
  if (precise === 'auto' && period < SHORTEST_GATED) return 0
  return Math.min(LEAD, period / 2)
}
