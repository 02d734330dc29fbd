/**
 * The scheduler's record of one method that timers call: its timers, its runs in progress, and its waiting ticks.
 *
 * A method has one lane, with one timer or several named ones. The timers share the overlap policy, the runs and the circuit of
 * the lane. Each timer has its own ledger, pause and last success. Lanes and timers hold state and make no decisions.
 */
import type { Counters } from '../counters/counters.js'
import type { Row } from '../counters/row.js'
import { METHOD_ROW, TIMER_ROW } from '../counters/row-shapes.js'
import type { TickRing } from '../counters/tick-ring.js'
import type { LaneDefinition, TimerDefinition } from '../kernel/definitions.js'
import type { DueTick, TimerIndex } from '../kernel/due-tick.js'
import type { EntrypointEvent } from '../kernel/events.js'
import { SmallSet } from '../kernel/small-set.js'
import type { HeldTicket } from '../kernel/ticket.js'
import type { Micros, Millis } from '../kernel/time.js'
import { CIRCUIT_REASONS, CIRCUIT_STATES } from '../kernel/vocabulary.js'
import { Circuit, type CircuitPhase } from './circuit.js'
import type { RunHandle } from './executor.js'
import { FailureStreak } from './failure-streak.js'
import { Ledger } from './ledger.js'
import { NEW, type RunPhase } from './run-phase.js'

/** Ticks that come due within this span count as due together. */
const ABOUT_NOW: Micros = 1_000

export class Timer {
  readonly index: TimerIndex
  readonly definition: TimerDefinition
  readonly lane: Lane
  /** Its counters in shared memory. */
  readonly row: Row
  readonly ledger: Ledger
  /** The recent ticks of all timers. */
  readonly recent: TickRing
  /** Number of ticks that were triggered by hand. */
  triggers = 0
  /** When the last tick of scope `queue` was triggered by hand, in microseconds on the wall clock. */
  triggeredAt: Micros = 0

  constructor(index: TimerIndex, definition: TimerDefinition, lane: Lane, row: Row, recent: TickRing) {
    this.index = index
    this.definition = definition
    this.lane = lane
    this.row = row
    this.ledger = new Ledger(row)
    this.recent = recent
  }

  /** Whether its ticks are skipped; kept in its counters, for the gauge. */
  get isPaused(): boolean {
    return this.row.get(TIMER_ROW.at.paused) === 1
  }

  set isPaused(isPaused: boolean) {
    this.row.set(TIMER_ROW.at.paused, isPaused ? 1 : 0)
  }

  get lastSuccessAt(): Millis | undefined {
    return this.row.get(TIMER_ROW.at.lastSuccess) || undefined
  }
}

/** A tick that is counted as pending in the ledger of its timer. */
export interface PendingTick {
  readonly timer: Timer
  readonly tick: DueTick
}

/** The tick of a ticket that this instance holds. */
export interface HeldTick extends PendingTick {
  readonly held: HeldTicket
}

export class Lane {
  /** `service.method`. */
  readonly id: string
  readonly definition: LaneDefinition
  /** The gauges of the method in shared memory. */
  readonly row: Row
  readonly circuit: Circuit
  readonly failures = new FailureStreak()
  /** Runs that were handed over and have not ended, including those that wait for their next attempt. */
  readonly runs = new SmallSet<Run>()
  /** The tick that starts as soon as possible; a newer tick of any timer replaces it. */
  waiting: PendingTick | undefined
  /** Late ticks of `missed: 'all'`, oldest first. They start one at a time, after the ticks that come due. */
  readonly catchUp: PendingTick[] = []
  /** Number of ticks whose claims have not been answered yet. */
  claiming = 0
  /** No run may start again. */
  isStopping = false
  /** A run was killed with its thread after the stop began. */
  hasBeenKilled = false
  readonly #timers: Timer[] = []

  constructor(definition: LaneDefinition, row: Row) {
    this.id = laneId(definition)
    this.definition = definition
    this.row = row
    this.circuit = new Circuit(definition.breaker, (state) => writeCircuit(row, state))
  }

  get timers(): readonly Timer[] {
    return this.#timers
  }

  /** Adds a timer of the method. Call it before the first tick. */
  addTimer(index: TimerIndex, definition: TimerDefinition, row: Row, recent: TickRing): Timer {
    const timer = new Timer(index, definition, this, row, recent)
    this.#timers.push(timer)
    return timer
  }

  /** Number of runs in progress and of ticks that are being claimed. */
  get active(): number {
    return this.runs.size + this.claiming
  }

  /** True when no run and no claim is in progress. */
  get isQuiet(): boolean {
    return this.active === 0
  }

  /** Number of runs in progress whose method has returned, according to shared memory. */
  get returned(): number {
    let returned = 0
    for (const run of this.runs) if (run.handle?.hasReturned) returned++
    return returned
  }

  /**
   * Number of runs in progress whose method has been called, or is called about now: a run whose tick came due together with, or
   * after, the given moment has not been kept from beginning by anything.
   */
  startedBy(dueMono: Micros): number {
    let started = 0
    for (const run of this.runs) if (run.hasStarted || run.tick.dueMono > dueMono - ABOUT_NOW) started++
    return started
  }
}

/** One run of a method for one tick, with all its attempts. run-phase.ts lists its phases and invariants. */
export class Run {
  readonly timer: Timer
  readonly tick: DueTick
  /** True when its outcome decides whether the circuit closes. */
  readonly isProbe: boolean
  /** The ticket of the tick; undefined unless it came from the queue. Each hand-out of a ticket is a run of one attempt. */
  readonly held: HeldTicket | undefined
  /** When it was given to its thread, but not before its due moment. A tick that waited, here or in the queue, is due long before. */
  readonly since: Micros
  /** Number of the attempt, from 1. */
  attempt: number
  phase: RunPhase = NEW
  #cancelNext: () => void = nothing

  constructor(
    timer: Timer,
    tick: DueTick,
    isProbe: boolean,
    held: HeldTicket | undefined,
    since: Micros = tick.dueMono,
  ) {
    this.timer = timer
    this.tick = tick
    this.isProbe = isProbe
    this.held = held
    this.since = since
    this.attempt = held?.attempt ?? 1
  }

  get lane(): Lane {
    return this.timer.lane
  }

  /** Handle of the attempt that is on a thread; undefined when none is. */
  get handle(): RunHandle | undefined {
    return 'handle' in this.phase ? this.phase.handle : undefined
  }

  get hasStarted(): boolean {
    return (this.attempt > 1 && !this.held) || this.phase.name === 'backing_off' || this.handle?.hasStarted === true
  }

  /** Replaces the next timed step (time-out, end of grace, next attempt). `cancel` cancels the new one. */
  next(cancel: () => void): void {
    this.#cancelNext()
    this.#cancelNext = cancel
  }

  /** Cancels the next timed step. */
  nothingNext(): void {
    this.next(nothing)
  }
}

function nothing(): void {}

function writeCircuit(row: Row, state: CircuitPhase): void {
  row.begin()
  row.set(METHOD_ROW.at.circuit, CIRCUIT_STATES.indexOf(state.name))
  if (state.name !== 'closed') row.set(METHOD_ROW.at.circuitReason, CIRCUIT_REASONS.indexOf(state.reason))
  row.set(METHOD_ROW.at.circuitUntil, state.name === 'open' ? state.until : 0)
  row.end()
}

function laneId({ service, method }: LaneDefinition): string {
  return `${service}.${method}`
}

/** Creates the timers of these definitions, in their order, with one lane for each method. */
export function timersOf(definitions: readonly TimerDefinition[], counters: Counters): Timer[] {
  const lanes = new Map<string, Lane>()
  return definitions.map((definition, index) => {
    const id = laneId(definition)
    const lane = lanes.get(id) ?? new Lane(definition, counters.method(definition.service, definition.method))
    lanes.set(id, lane)
    return lane.addTimer(index as TimerIndex, definition, counters.timer(index), counters.recent)
  })
}

/** The fields by which events name a timer. */
export function timerEvent({ definition }: Timer): EntrypointEvent {
  const { id, service, method } = definition
  return { entrypoint: id, service, method }
}

/** The fields by which events name a lane. */
export function laneEvent({ id, definition }: Lane): EntrypointEvent {
  const { service, method } = definition
  return { entrypoint: id, service, method }
}
