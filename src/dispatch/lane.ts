/**
 * The scheduler's record of one method that timers call: its timers, the runs that are in flight, and the ticks that wait.
 *
 * A method has one lane and one timer, or several timers with names. The lane has what they share: overlap, runs, circuit.
 * Each timer has its own ledger, pause and last success. Both hold state and make no decisions.
 */
import type { LaneDefinition, TimerDefinition } from '../kernel/definitions.js'
import type { DueTick, TimerIndex } from '../kernel/due-tick.js'
import type { EntrypointEvent } from '../kernel/events.js'
import type { Millis } from '../kernel/time.js'
import { Circuit } from './circuit.js'
import type { RunHandle } from './executor.js'
import { FailureStreak } from './failure-streak.js'
import { Ledger } from './ledger.js'
import { NEW, type RunPhase } from './run-phase.js'

export class Timer {
  readonly index: TimerIndex
  readonly definition: TimerDefinition
  readonly lane: Lane
  readonly ledger = new Ledger()
  isPaused = false
  lastSuccessAt: Millis | undefined
  /** How many ticks were triggered by hand. */
  triggers = 0

  constructor(index: TimerIndex, definition: TimerDefinition, lane: Lane) {
    this.index = index
    this.definition = definition
    this.lane = lane
  }
}

/** A tick that is counted as pending in the ledger of its timer. */
export interface PendingTick {
  readonly timer: Timer
  readonly tick: DueTick
}

export class Lane {
  /** `service.method`. */
  readonly id: string
  readonly definition: LaneDefinition
  readonly circuit: Circuit
  readonly failures = new FailureStreak()
  /** Runs that were handed over and have not ended, also while they wait for their next attempt. */
  readonly runs = new Set<Run>()
  /** The tick that starts as soon as it can; a newer one, of whichever timer, takes its place. */
  waiting: PendingTick | undefined
  /** Lapsed ticks that `missed: 'all'` makes up for, oldest first, one at a time and behind the live ones. */
  readonly catchUp: PendingTick[] = []
  /** Ticks that are to run here if no other instance has claimed them: the answers are on their way. */
  claiming = 0
  /** Nothing starts any more, for good. */
  isStopping = false
  /** A run of it was killed with its thread since it is stopping. */
  hasBeenKilled = false
  readonly #timers: Timer[] = []

  constructor(definition: LaneDefinition) {
    this.id = laneId(definition)
    this.definition = definition
    this.circuit = new Circuit(definition.breaker)
  }

  get timers(): readonly Timer[] {
    return this.#timers
  }

  /** Adds a timer of the method; before the first tick. */
  addTimer(index: TimerIndex, definition: TimerDefinition): Timer {
    const timer = new Timer(index, definition, this)
    this.#timers.push(timer)
    return timer
  }

  /** The runs in flight, and the ticks that become runs if they can be claimed. */
  get active(): number {
    return this.runs.size + this.claiming
  }

  /** Nothing of it is in flight. */
  get isQuiet(): boolean {
    return this.active === 0
  }

  /** How many of the runs in flight have returned their method, as shared memory says. */
  get returned(): number {
    let returned = 0
    for (const run of this.runs) if (run.handle?.hasReturned) returned++
    return returned
  }

  /** How many of the runs in flight have entered their method. */
  get started(): number {
    let started = 0
    for (const run of this.runs) if (run.hasStarted) started++
    return started
  }
}

/** One run of a method for one tick, over all its attempts. run-phase.ts has its phases and what always holds. */
export class Run {
  readonly timer: Timer
  readonly tick: DueTick
  /** Its outcome decides whether the circuit closes. */
  readonly isProbe: boolean
  /** From 1. */
  attempt = 1
  phase: RunPhase = NEW
  #cancelNext: () => void = nothing

  constructor(timer: Timer, tick: DueTick, isProbe: boolean) {
    this.timer = timer
    this.tick = tick
    this.isProbe = isProbe
  }

  get lane(): Lane {
    return this.timer.lane
  }

  /** The attempt that is on a thread; undefined when none is. */
  get handle(): RunHandle | undefined {
    return 'handle' in this.phase ? this.phase.handle : undefined
  }

  get hasStarted(): boolean {
    return this.attempt > 1 || this.phase.name === 'backing_off' || this.handle?.hasStarted === true
  }

  /** Sets what is to happen next, instead of what was to. */
  next(cancel: () => void): void {
    this.#cancelNext()
    this.#cancelNext = cancel
  }

  /** Calls off what was to happen next. */
  nothingNext(): void {
    this.next(nothing)
  }
}

function nothing(): void {}

function laneId({ service, method }: LaneDefinition): string {
  return `${service}.${method}`
}

/** The timers of a list of definitions, in its order, in one lane for each method. */
export function timersOf(definitions: readonly TimerDefinition[]): Timer[] {
  const lanes = new Map<string, Lane>()
  return definitions.map((definition, index) => {
    const id = laneId(definition)
    const lane = lanes.get(id) ?? new Lane(definition)
    lanes.set(id, lane)
    return lane.addTimer(index as TimerIndex, definition)
  })
}

/** How an event names a timer. */
export function timerEvent({ definition }: Timer): EntrypointEvent {
  const { id, service, method } = definition
  return { entrypoint: id, service, method }
}

/** How an event names a lane. */
export function laneEvent({ id, definition }: Lane): EntrypointEvent {
  const { service, method } = definition
  return { entrypoint: id, service, method }
}
