/**
 * When: keeps the next due moment of every timer in the timing wheel, and brings ticks to the sink as they come due.
 *
 * A punctual timer is armed twice for each tick. At `due - lead` the tick is offered. If the sink takes it, the tick goes
 * to its thread early, and the gate there holds it until it is due. If not (the lane is busy, for example), the timer is
 * armed again for `due`, and the tick arrives then.
 *
 *        due - lead            due
 *     ------|-------------------|-------------------------->
 *         offer  (taken: hand-over, gate) method starts
 *                (not taken)      arrive: run, wait or skip
 *
 * When several ticks of a timer are found due at once, after a stall, the timer's `missed` policy judges them first.
 */
import type { Clock } from '../kernel/clock.js'
import type { TimerDefinition } from '../kernel/definitions.js'
import type { DueTick, TimerIndex } from '../kernel/due-tick.js'
import type { Events } from '../kernel/events.js'
import { reachStage } from '../kernel/stages.js'
import { type Micros, type Millis, millisFromMicros, wallTimeOf } from '../kernel/time.js'
import { judgeAbsence } from './absence.js'
import type { Due } from './cadence.js'
import { ClockWatch } from './clock-watch.js'
import { gridFrom } from './grid.js'
import { jitterOffset } from './jitter.js'
import { judgeLapse } from './lapse.js'
import { moveOn, realign } from './realign.js'
import { startDeadlineOf } from './start-deadline.js'
import { type TimerEntry, timerEntry } from './timer-entry.js'
import { TimingWheel } from './timing-wheel.js'

/** Takes ticks. */
export interface TickSink {
  /** A tick that will be due soon. Returns whether the sink took it; if not, the tick arrives when it is due. */
  offer(timer: TimerIndex, tick: DueTick, now: Micros): boolean
  /** A tick that is due. */
  arrive(timer: TimerIndex, tick: DueTick, now: Micros): void
  /** `count` ticks were missed, `last` being the latest of them. */
  miss(timer: TimerIndex, count: number, last: DueTick): void
  /** A late tick to make up for as soon as there is room. */
  makeUp(timer: TimerIndex, tick: DueTick): void
}

export interface SchedulerOptions {
  readonly clock: Clock
  readonly events: Events
  readonly timers: readonly TimerDefinition[]
  readonly sink: TickSink
  /** How long before its due moment a tick of this timer is offered, when its interval is long enough. */
  readonly leadOf: (timer: TimerIndex) => Micros
  /** Called at every alarm that is not early, with how late it is. */
  readonly onLag: (lag: Micros) => void
  /** Called when a timer has another next due moment (undefined: none), with the time from there to the one after it. */
  readonly onNextDue?: (timer: TimerIndex, wall: Millis | undefined, period: Micros) => void
  /** Called when the sink has a due moment, or was told that it was missed. */
  readonly onHandled?: (timer: TimerIndex, due: Due) => void
}

/** Of an interval: the longest lead. */
const LARGEST_LEAD_SHARE = 0.1

/**
 * Up to this, a lead may take half of a short interval: the alarm may be 1.1 ms late, the hand-over to the thread takes another 0.1
 * to 0.4 ms, and the thread must reach the gate in time.
 */
const NEEDED_LEAD: Micros = 2_500

/** An alarm may be this early. What it was set for is done at once, which saves another alarm. */
const ALARM_TOLERANCE: Micros = 1_000

/** `precise: 'auto'` uses the gate from this interval on, because the gate blocks the thread for as long as the lead. */
const SHORTEST_GATED: Micros = 20_000

/** The clocks are compared at least this often: after a jump of the wall clock, a cron tick is late by no more. */
const WATCH_EVERY: Micros = 1_000_000

export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #wheel: TimingWheel
  readonly #watch: ClockWatch
  readonly #wake = () => this.#onAlarm()
  #entries: readonly TimerEntry[] = []
  #alarmAt: Micros = Number.POSITIVE_INFINITY
  #isRunning = false

  constructor(options: SchedulerOptions) {
    this.#options = options
    const now = options.clock.now()
    this.#wheel = new TimingWheel({ start: now, timers: options.timers.length })
    this.#watch = new ClockWatch(now, options.clock.wallNow())
  }

  /** Grids start now: an interval timer is due one interval from now, an eager timer at once as well. */
  start(): void {
    const { clock, timers } = this.#options
    const start = { sequence: 0, mono: clock.now(), wall: clock.wallNow() }
    this.#isRunning = true
    this.#entries = timers.map((definition) => timerEntry(definition, start))
    for (const [timer, entry] of this.#entries.entries()) this.#arm(timer, entry, start.mono)
    this.#setAlarm()
  }

  /** No tick comes after this. */
  stop(): void {
    this.#isRunning = false
    this.#options.clock.clearAlarm()
    for (const [timer, entry] of this.#entries.entries()) {
      this.#options.onNextDue?.(timer, undefined, entry.due?.period ?? 0)
    }
  }

  /**
   * Brings the ticks of a timer that no instance has judged: those after `mark` and before `first`, the first due moment that was
   * judged since; undefined: none was yet. No effect before the start.
   */
  judgeAbsence(timer: TimerIndex, mark: Millis, first: Due | undefined): void {
    const entry = this.#entries[timer]
    if (!entry || !this.#isRunning) return
    const { clock, sink } = this.#options
    const absence = { mark, before: first ?? entry.due }
    const { go, missed, lastMissed } = judgeAbsence(entry.definition, absence, clock.now(), clock.wallNow())
    if (lastMissed) sink.miss(timer, missed, this.#tick(entry, lastMissed))
    for (const due of go) sink.makeUp(timer, this.#tick(entry, due))
  }

  /** Gives a timer another interval, counted from its last due moment that was handled. */
  changeInterval(timer: TimerIndex, interval: Micros): void {
    const entry = this.#entries[timer]
    if (!entry || !this.#isRunning || entry.due?.period === interval) return
    const { clock } = this.#options
    const now = clock.now()
    entry.cadence = gridFrom(entry.last, interval)
    entry.due = entry.cadence.after(entry.last, now, clock.wallNow())
    this.#arm(timer, entry, now)
    this.#setAlarm()
  }

  /** When the next tick of a timer is due; undefined when there is none. */
  nextDue(timer: TimerIndex): Micros | undefined {
    const entry = this.#entries[timer]
    return this.#isRunning && entry?.due ? entry.dueMono : undefined
  }

  /** Distance between the next two ticks of a timer; 0 before the start. */
  period(timer: TimerIndex): Micros {
    return this.#entries[timer]?.due?.period ?? 0
  }

  /** How late the scheduler is with what it should have done by now; 0 when it is not. */
  behind(): Micros {
    if (!this.#isRunning) return 0
    return Math.max(0, this.#options.clock.now() - this.#wheel.nextExpiry())
  }

  #onAlarm(): void {
    const { clock, onLag } = this.#options
    const now = clock.now()
    const wallNow = clock.wallNow()
    if (now >= this.#alarmAt) onLag(now - this.#alarmAt)
    reachStage('woken', this.#alarmAt, clock)
    this.#watchClocks(now, wallNow)
    const count = this.#wheel.advance(Math.max(now, Math.min(this.#alarmAt, now + ALARM_TOLERANCE)))
    const { expired } = this.#wheel
    for (let at = 0; at < count; at++) {
      const timer = expired[at]!
      // Armed again: its interval was changed by the tick of a timer before it.
      if (!this.#wheel.isArmed(timer)) this.#expire(timer, now, wallNow)
    }
    this.#setAlarm()
  }

  #expire(timer: TimerIndex, now: Micros, wallNow: Millis): void {
    const entry = this.#entries[timer]!
    const { due } = entry
    if (!due) return
    entry.due = entry.cadence.retime(due, now, wallNow)
    if (entry.due !== due) {
      this.#arm(timer, entry, now)
    } else if (now >= entry.dueMono) {
      this.#bring(timer, entry, due, now, wallNow)
    } else if (this.#options.sink.offer(timer, this.#tick(entry, due), now)) {
      this.#moveOn(timer, entry, due, now, wallNow)
    } else {
      this.#wheel.arm(timer, entry.dueMono)
    }
  }

  /** Brings what has come due: one tick, or several that were found late together. */
  #bring(timer: TimerIndex, entry: TimerEntry, due: Due, now: Micros, wallNow: Millis): void {
    const { sink } = this.#options
    // Jitter delays the whole grid, so its ticks are judged by the time before the jitter.
    const jitter = entry.dueMono - due.mono
    const lapse = entry.cadence.lapsed(due, now - jitter, wallNow - jitter / 1_000)
    if (lapse.count === 1) {
      sink.arrive(timer, this.#tick(entry, due), now)
    } else {
      const { go, missed, lastMissed } = judgeLapse(entry.definition, lapse, now - jitter)
      if (lastMissed) sink.miss(timer, missed, this.#tick(entry, lastMissed))
      for (const older of go.slice(0, -1)) sink.makeUp(timer, this.#tick(entry, older))
      const newest = go.at(-1)
      if (newest) sink.arrive(timer, this.#tick(entry, newest), now)
    }
    this.#moveOn(timer, entry, lapse.latest.at(-1)!, now, wallNow)
  }

  #moveOn(timer: TimerIndex, entry: TimerEntry, handled: Due, now: Micros, wallNow: Millis): void {
    this.#options.onHandled?.(timer, handled)
    moveOn(entry, handled, now, wallNow)
    this.#arm(timer, entry, now)
  }

  /** Arms a timer for its next due moment: for the offer if there is still time for one, else for the arrival. */
  #arm(timer: TimerIndex, entry: TimerEntry, now: Micros): void {
    const { due, definition } = entry
    if (due) {
      const jitter = jitterOf(definition, due)
      entry.dueMono = due.mono + jitter
      this.#options.onNextDue?.(timer, due.wall + millisFromMicros(jitter), due.period)
      const offerAt = entry.dueMono - this.#leadOf(timer, definition, due)
      this.#wheel.arm(timer, offerAt > now ? offerAt : entry.dueMono)
    } else {
      this.#options.onNextDue?.(timer, undefined, 0)
      this.#wheel.disarm(timer)
    }
  }

  #leadOf(timer: TimerIndex, { precise }: TimerDefinition, { period }: Due): Micros {
    if (precise === false) return 0
    if (precise === 'auto' && period < SHORTEST_GATED) return 0
    const longest = Math.max(period * LARGEST_LEAD_SHARE, Math.min(NEEDED_LEAD, period / 2))
    return Math.floor(Math.min(this.#options.leadOf(timer), longest))
  }

  #tick(entry: TimerEntry, due: Due): DueTick {
    const jitter = jitterOf(entry.definition, due)
    const dueMono = due.mono + jitter
    return {
      sequence: due.sequence,
      dueMono,
      dueWall: due.wall + jitter / 1_000,
      startBy: dueMono + startDeadlineOf(entry.definition, due.period),
    }
  }

  #watchClocks(now: Micros, wallNow: Millis): void {
    const jump = this.#watch.look(now, wallNow)
    if (jump === undefined) return
    this.#options.events.emit('clock.jumped', { by: jump / 1_000, direction: jump > 0 ? 'forward' : 'backward' })
    for (const [timer, entry] of this.#entries.entries()) {
      const { due } = entry
      if (realign(entry, now, wallNow)) this.#arm(timer, entry, now)
      else if (due) this.#options.onNextDue?.(timer, wallTimeOf(entry.dueMono, now, wallNow), due.period)
    }
  }

  #setAlarm(): void {
    if (!this.#isRunning) return
    const { clock } = this.#options
    this.#alarmAt = Math.min(this.#wheel.nextExpiry(), clock.now() + WATCH_EVERY)
    clock.setAlarm(this.#alarmAt, this.#wake)
  }
}

/** Processes that share a timer count its ticks each from its own start, so their jitter depends on the due moment. */
function jitterOf({ id, jitter, scope }: TimerDefinition, { sequence, wall, period }: Due): Micros {
  if (jitter === 0) return 0
  const isShared = scope === 'cluster' || scope === 'queue'
  return jitterOffset(id, isShared ? Math.round(wall) : sequence, jitter, period)
}
