/**
 * One run of a timer's method: from the request to the reply, on the worker thread.
 *
 * Nothing that the method does can make this throw or reject: however it ends, that is the reply.
 *
 * The context of the run (`currentRun()`) is entered before the gate: entering it takes time, above all on a processor that
 * has slept, and there is none to spend at the due moment.
 */
import { getHeapStatistics } from 'node:v8'
import { type Logger, pino } from 'pino'
import type { LeaseView } from '../coordinate/lease-view.js'
import type { DueTick } from '../kernel/due-tick.js'
import { withinRun } from '../kernel/run-context.js'
import type { Tick } from '../kernel/tick.js'
import type { Micros } from '../kernel/time.js'
import { toWireError } from '../kernel/wire-error.js'
import { RUN_ENDINGS, type RunReply } from '../pool/protocol.js'
import type { ThreadBlock } from '../pool/thread-block.js'
import { type Gate, takeTime, threadGate } from './gate.js'
import { LiveTick } from './live-tick.js'
import { TickRun } from './tick-run.js'

/** A timer entrypoint of a live service instance. */
export interface LiveTimer {
  /** `service.method`. */
  readonly id: string
  readonly method: string
  readonly log: Logger
  /** Calls the method, within the hooks of the dependencies. */
  readonly call: (run: TickRun) => unknown
  /** What it runs under; undefined when it needs none. */
  readonly lease: LeaseView | undefined
  /** Says whether this tick is wanted. */
  readonly when: ((tick: Tick) => unknown) | undefined
  /** Asks the interval function, after a run of this duration, for the next interval. */
  readonly nextInterval: ((duration: Micros, hasFailed: boolean) => Micros | undefined) | undefined
}

/** How often the size of the heap is looked at, at the most. */
const HEAP_LOOK: Micros = 1_000_000

const COMPLETED = RUN_ENDINGS.indexOf('completed')
const FAILED = RUN_ENDINGS.indexOf('failed')
const DECLINED = RUN_ENDINGS.indexOf('declined')
const MISSED = RUN_ENDINGS.indexOf('missed')
const NOT_LEADER = RUN_ENDINGS.indexOf('not_leader')
const CANCELLED = RUN_ENDINGS.indexOf('cancelled')

const NO_TICK: DueTick = { sequence: 0, dueMono: 0, dueWall: 0, startBy: 0 }

const NO_TIMER: LiveTimer = {
  id: '',
  method: '',
  log: pino({ level: 'silent' }),
  call: takeTime,
  lease: undefined,
  when: undefined,
  nextInterval: undefined,
}

export class TimerRunner {
  readonly #timers: readonly LiveTimer[]
  readonly #block: ThreadBlock
  readonly #gate: Gate
  readonly #rehearsalRun: TickRun
  /** By record. */
  readonly #runs = new Map<number, TickRun>()
  #lookAtHeapAt: Micros = 0

  constructor(timers: readonly LiveTimer[], block: ThreadBlock, gate: Gate = threadGate) {
    this.#timers = timers
    this.#block = block
    this.#gate = gate
    this.#rehearsalRun = new TickRun(new LiveTick('', block.rehearsalRecord, block, NO_TIMER.log), '')
    // Node prepares the thread for contexts when the first one is entered, which can take half a millisecond.
    withinRun(this.#rehearsalRun, this.#rehearse)
  }

  /** Runs what stands in a record. */
  async run(record: number): Promise<RunReply> {
    const block = this.#block
    const timer = this.#timers[block.timerOf(record)]!
    const run = new TickRun(new LiveTick(timer.id, record, block, timer.log), timer.method)
    const isAlone = this.#runs.size === 0
    this.#runs.set(record, run)
    try {
      const reply = withinRun(run, () => this.#pass(timer, run, record, isAlone))
      return typeof reply === 'number' ? reply : await reply
    } finally {
      this.#runs.delete(record)
    }
  }

  /** Goes through the gate and calls the method. */
  #pass(timer: LiveTimer, run: TickRun, record: number, isAlone: boolean): RunReply | Promise<RunReply> {
    const { dueMono, startBy } = this.#block.tickOf(record)
    const now = this.#gate.now()
    if (now >= dueMono) return this.#enter(timer, run, record, now, startBy)
    const held = this.#gate.hold(this.#block, record, dueMono, isAlone, this.#rehearse)
    if (typeof held === 'number') return this.#enter(timer, run, record, held, startBy)
    return held.then((moment) => this.#enter(timer, run, record, moment, startBy))
  }

  /** Brings the abort that stands in a record to those who wait on the run's signal. */
  abort(record: number): void {
    this.#runs.get(record)?.tick.abort()
  }

  /** What comes after the gate: the fewer instructions, the better. */
  #enter(
    timer: LiveTimer,
    run: TickRun,
    record: number,
    moment: Micros,
    startBy: Micros,
  ): RunReply | Promise<RunReply> {
    if (!this.#block.begin(record)) return CANCELLED
    if (moment > startBy) return MISSED
    if (timer.lease) {
      if (!timer.lease.isHeld) return NOT_LEADER
      run.tick.lease = timer.lease.forCurrentEpoch()
    }
    return timer.when ? this.#runIfWanted(timer, run, record, moment, startBy) : this.#call(timer, run, record, moment)
  }

  /** Does all that with a timer that does nothing. */
  readonly #rehearse = () => {
    const record = this.#block.rehearsalRecord
    this.#block.writeRun(record, 0, NO_TICK, 1, true)
    void this.#enter(NO_TIMER, this.#rehearsalRun, record, 0, 0)
  }

  async #runIfWanted(
    timer: LiveTimer,
    run: TickRun,
    record: number,
    askedAt: Micros,
    startBy: Micros,
  ): Promise<RunReply> {
    const { tick } = run
    this.#begin(tick, record, askedAt)
    try {
      if (!(await timer.when!(tick))) return this.#end(timer, record, askedAt, DECLINED)
      // It may have taken its time.
      tick.throwIfAborted()
      tick.lease?.assertHeld()
    } catch (error) {
      return this.#fail(timer, record, askedAt, error)
    }
    const moment = this.#gate.now()
    return moment > startBy ? MISSED : this.#call(timer, run, record, moment)
  }

  #call(timer: LiveTimer, run: TickRun, record: number, startedAt: Micros): RunReply | Promise<RunReply> {
    this.#begin(run.tick, record, startedAt)
    try {
      const result = timer.call(run)
      if (!isThenable(result)) return this.#end(timer, record, startedAt, COMPLETED)
      return Promise.resolve(result).then(
        () => this.#end(timer, record, startedAt, COMPLETED),
        (error) => this.#fail(timer, record, startedAt, error),
      )
    } catch (error) {
      return this.#fail(timer, record, startedAt, error)
    }
  }

  #begin(tick: LiveTick, record: number, at: Micros): void {
    this.#block.writeStart(record, at)
    tick.begin(at)
  }

  #end(timer: LiveTimer, record: number, startedAt: Micros, result: number): number {
    const endedAt = this.#gate.now()
    if (endedAt > this.#lookAtHeapAt) this.#lookAtHeap(endedAt)
    this.#block.writeEnd(record, endedAt, timer.nextInterval?.(endedAt - startedAt, result === FAILED))
    return result
  }

  #lookAtHeap(moment: Micros): void {
    this.#lookAtHeapAt = moment + HEAP_LOOK
    this.#block.writeHeap(getHeapStatistics().used_heap_size)
  }

  #fail(timer: LiveTimer, record: number, startedAt: Micros, thrown: unknown): RunReply {
    return { result: this.#end(timer, record, startedAt, FAILED), error: toWireError(thrown) }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
