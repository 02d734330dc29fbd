/**
 * The scheduler's record of one timer entrypoint: what is in flight, what waits, what has been counted.
 *
 * A lane holds state and makes no decisions; the dispatcher is its only writer.
 */
import type { TimerDefinition } from '../kernel/definitions.js'
import type { DueTick } from '../kernel/due-tick.js'
import type { EntrypointEvent } from '../kernel/events.js'
import type { Millis } from '../kernel/time.js'
import type { AbortCause } from '../kernel/vocabulary.js'
import { Circuit } from './circuit.js'
import type { RunHandle, RunReport } from './executor.js'
import { Ledger } from './ledger.js'

export class Lane {
  readonly index: number
  readonly definition: TimerDefinition
  readonly ledger = new Ledger()
  readonly circuit: Circuit
  /** Those handed over and not ended, also while they wait for their next attempt. */
  readonly runs = new Set<Run>()
  /** The tick that starts as soon as it can; a newer one takes its place. */
  waiting: DueTick | undefined
  /** Lapsed ticks that `missed: 'all'` makes up for, oldest first, one at a time and behind the live ones. */
  readonly catchUp: DueTick[] = []
  isPaused = false
  /** Ticks that are to run here if no other instance has claimed them: the answers are on their way. */
  claiming = 0
  lastSuccessAt: Millis | undefined
  /** How many ticks were triggered by hand. */
  triggers = 0

  constructor(index: number, definition: TimerDefinition) {
    this.index = index
    this.definition = definition
    this.circuit = new Circuit(definition.breaker)
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

/** One run of an entrypoint for one tick, over all its attempts. */
export class Run {
  readonly lane: Lane
  readonly tick: DueTick
  /** From 1. */
  attempt = 1
  /** Its outcome decides whether the circuit of the entrypoint closes. */
  isProbe = false
  /** The attempt in flight; undefined while the run waits for its next one. */
  handle: RunHandle | undefined
  /** Why it is told to stop, if it is; the first cause stays. */
  abortedFor: AbortCause | undefined
  /** How the last attempt ended, while the run waits for its next one. */
  lastReport: RunReport | undefined
  /** Calls off what is to happen next: its time-out, the end of its grace, or its next attempt. */
  cancelNext: (() => void) | undefined

  constructor(lane: Lane, tick: DueTick) {
    this.lane = lane
    this.tick = tick
  }

  get hasStarted(): boolean {
    return this.attempt > 1 || this.lastReport !== undefined || this.handle?.hasStarted === true
  }

  /** Replaces what is to happen next. */
  next(cancel: (() => void) | undefined): void {
    this.cancelNext?.()
    this.cancelNext = cancel
  }
}

/** How an event names a lane's entrypoint. */
export function timerEvent({ definition }: Lane): EntrypointEvent {
  const { id, service, method } = definition
  return { entrypoint: id, service, method }
}
