/**
 * Performs the runs of timers on a worker thread, each from the request to the reply.
 *
 * {@link TimerRunner.run} never throws and its promise never rejects: an error of the method becomes part of the reply.
 *
 * How a run ended stands in its record as soon as it is known: its reply leaves later, and the main thread reads the ending there when
 * the thread ends before that.
 *
 * It enters the context of the run (`currentRun()`) before the gate, because that takes time, most of all on a processor that has
 * slept, and would delay the method at the due moment.
 */
import { getHeapStatistics } from 'node:v8'
import { type Logger, pino } from 'pino'
import type { LeaseView } from '../coordinate/lease-view.js'
import { realTimeout } from '../kernel/clock.js'
import type { DueTick } from '../kernel/due-tick.js'
import type { RunReply } from '../kernel/link-protocol.js'
import type { ErrorNote } from '../kernel/output/run-notes.js'
import { withinRun } from '../kernel/run-context.js'
import { reachStage } from '../kernel/stages.js'
import type { Tick } from '../kernel/tick.js'
import type { Micros } from '../kernel/time.js'
import { toWireError } from '../kernel/wire-error/wire-error.js'
import { RUN_ENDINGS } from '../pool/protocol.js'
import type { ThreadBlock } from '../pool/thread-block.js'
import { deferredKind } from './deferred-result.js'
import { type Gate, takeTime, threadGate } from './gate.js'
import { LiveTick } from './live-tick.js'
import { TickRun } from './tick-run.js'
import { TicketRun } from './ticket-run.js'
import { TicketTurns } from './ticket-turns.js'
import { isThenable } from './trace/settle.js'

/** A timer of a service object that has started. */
export interface LiveTimer {
  /** `service.method`, or `service.method#name` for a timer with a name. */
  readonly id: string
  readonly method: string
  readonly log: Logger
  /** Calls the method between the hooks of the dependencies. */
  readonly call: (run: TickRun) => unknown
  /** The lease that its runs need; undefined when they need none. */
  readonly lease: LeaseView | undefined
  /** Decides whether the method is called for a tick. */
  readonly when: ((tick: Tick) => unknown) | undefined
  /** Calls the interval function after a run of this duration; undefined keeps the interval. */
  readonly nextInterval: ((duration: Micros, hasFailed: boolean) => Micros | undefined) | undefined
  /** Between two ticks, as the interval function has said last; infinite for a schedule by the wall clock. */
  interval: Micros
}

/** Shortest time between two measurements of the heap. */
const HEAP_INTERVAL: Micros = 1_000_000

const COMPLETED = RUN_ENDINGS.indexOf('completed')
const FAILED = RUN_ENDINGS.indexOf('failed')
const DECLINED = RUN_ENDINGS.indexOf('declined')
const MISSED = RUN_ENDINGS.indexOf('missed')
const NOT_LEADER = RUN_ENDINGS.indexOf('not_leader')
const CANCELLED = RUN_ENDINGS.indexOf('cancelled')

export interface TimerRunnerOptions {
  /** Default: that of this thread. */
  readonly gate?: Gate
  /** Is told of each attempt that fails. */
  readonly onFailed?: (note: ErrorNote) => void
}

const NO_TICK: DueTick = { sequence: 0, dueMono: 0, dueWall: 0, startBy: 0 }

const NO_TIMER: LiveTimer = {
  id: '',
  method: '',
  log: pino({ level: 'silent' }),
  call: takeTime,
  lease: undefined,
  when: undefined,
  nextInterval: undefined,
  interval: Number.POSITIVE_INFINITY,
}

export class TimerRunner {
  readonly #timers: readonly LiveTimer[]
  readonly #block: ThreadBlock
  readonly #gate: Gate
  readonly #onFailed: (note: ErrorNote) => void
  readonly #rehearsalRun: TickRun
  readonly #tickets = new TicketTurns()
  /**
   * By record; undefined in those that are free. No map: a map makes a new table after a few deletions, which the old one refers to,
   * and once V8 has moved one to the old space all later ones follow it there.
   */
  readonly #runs: (TickRun | undefined)[] = []
  #active = 0
  /** Methods that have returned a result that does its work only when it is read. */
  readonly #warned = new Set<string>()
  #isHeapTimerSet = false
  #nextHeapAt: Micros = 0

  constructor(
    timers: readonly LiveTimer[],
    block: ThreadBlock,
    { gate = threadGate(), onFailed = () => {} }: TimerRunnerOptions = {},
  ) {
    this.#timers = timers
    this.#block = block
    this.#gate = gate
    this.#onFailed = onFailed
    this.#rehearsalRun = new TickRun(new LiveTick('', block.rehearsalRecord, block, NO_TIMER.log), '')
    // Node prepares the thread for contexts when the first one is entered, which can take half a millisecond.
    withinRun(this.#rehearsalRun, this.#rehearse)
  }

  /** Performs the run in a record; returns a promise when the run awaits something. */
  run(record: number): RunReply | Promise<RunReply> {
    const block = this.#block
    reachStage('received', block.dueOf(record), this.#gate)
    const timer = this.#timers[block.timerOf(record)]!
    const run = this.#runOf(timer, record)
    const isAlone = this.#active === 0
    this.#runs[record] = run
    this.#active++
    const begin = () => withinRun(run, () => this.#pass(timer, run, record, isAlone))
    const reply = run instanceof TicketRun ? this.#tickets.perform(begin) : begin()
    if (reply instanceof Promise) return reply.then((later) => this.#free(record, later))
    return this.#free(record, reply)
  }

  #runOf(timer: LiveTimer, record: number): TickRun {
    const tick = new LiveTick(timer.id, record, this.#block, timer.log)
    return tick.fence === undefined
      ? new TickRun(tick, timer.method)
      : new TicketRun(tick, timer.method, () => this.#block.holds.isHeld(record, this.#gate))
  }

  /** Writes the ending of a run whose method was not called; that of any other one stands there already. */
  #free(record: number, reply: RunReply): RunReply {
    this.#block.writeEnding(record, typeof reply === 'number' ? reply : reply.result)
    this.#runs[record] = undefined
    this.#active--
    return reply
  }

  /** Waits in the gate, then calls the method. */
  #pass(timer: LiveTimer, run: TickRun, record: number, isAlone: boolean): RunReply | Promise<RunReply> {
    const { dueMono, startBy } = this.#block.tickOf(record)
    reachStage('at_gate', dueMono, this.#gate)
    const now = this.#gate.now()
    this.#block.writeReached(record, now)
    if (now >= dueMono) return this.#enter(timer, run, record, now, startBy)
    const held = this.#gate.hold(this.#block, record, dueMono, timer.interval, isAlone, this.#rehearse)
    if (typeof held === 'number') return this.#enter(timer, run, record, held, startBy)
    return held.then((moment) => this.#enter(timer, run, record, moment, startBy))
  }

  /** Aborts the signal of the run in a record. The record already holds the cause. */
  abort(record: number): void {
    this.#runs[record]?.tick.abort()
  }

  /** The path after the gate. Each instruction here delays the method. */
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
    if (!run.isHeld()) return NOT_LEADER
    return timer.when ? this.#runIfWanted(timer, run, record, moment, startBy) : this.#call(timer, run, record, moment)
  }

  /** Runs the path after the gate once with a timer that does nothing, to warm the processor's caches. */
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
      // The run may have been aborted, or its lease lost, while `when` ran.
      tick.throwIfAborted()
      tick.lease?.assertHeld()
      if (!run.isHeld()) return NOT_LEADER
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
      if (!isThenable(result)) {
        this.#block.markSynchronous(record)
        return this.#complete(timer, record, startedAt, result)
      }
      this.#measureHeapDuringRuns()
      return Promise.resolve(result).then(
        (value) => this.#complete(timer, record, startedAt, value),
        (error) => this.#fail(timer, record, startedAt, error),
      )
    } catch (error) {
      this.#block.markSynchronous(record)
      return this.#fail(timer, record, startedAt, error)
    }
  }

  #complete(timer: LiveTimer, record: number, startedAt: Micros, result: unknown): number {
    const ended = this.#end(timer, record, startedAt, COMPLETED)
    if (typeof result === 'object' && result !== null) this.#warnOfDeferred(timer, result)
    return ended
  }

  /** Once for each method. */
  #warnOfDeferred({ id, method, log }: LiveTimer, result: object): void {
    const kind = deferredKind(result)
    if (!kind || this.#warned.has(method)) return
    this.#warned.add(method)
    log.warn({ entrypoint: id }, `the method returned ${kind}, which nobody reads: what it is to do has not been done`)
  }

  #begin(tick: LiveTick, record: number, at: Micros): void {
    this.#block.writeStart(record, at)
    tick.begin(at)
  }

  #end(timer: LiveTimer, record: number, startedAt: Micros, result: number): number {
    const endedAt = this.#gate.now()
    if (endedAt > this.#nextHeapAt) this.#measureHeap(endedAt)
    const nextInterval = timer.nextInterval?.(endedAt - startedAt, result === FAILED)
    if (nextInterval !== undefined) timer.interval = nextInterval
    this.#block.writeEnd(record, endedAt, nextInterval)
    this.#block.writeEnding(record, result)
    return result
  }

  /** Once each interval while a run waits for something: a run that computes is measured when it has ended. */
  #measureHeapDuringRuns(): void {
    if (this.#isHeapTimerSet) return
    this.#isHeapTimerSet = true
    realTimeout(() => {
      this.#isHeapTimerSet = false
      this.#measureHeap(this.#gate.now())
      if (this.#active > 0) this.#measureHeapDuringRuns()
    }, HEAP_INTERVAL / 1_000).unref()
  }

  #measureHeap(moment: Micros): void {
    this.#nextHeapAt = moment + HEAP_INTERVAL
    const { used_heap_size, heap_size_limit } = getHeapStatistics()
    this.#block.writeHeap(used_heap_size, heap_size_limit)
  }

  #fail(timer: LiveTimer, record: number, startedAt: Micros, thrown: unknown): RunReply {
    if (this.#runs[record]?.wasRefused) return this.#end(timer, record, startedAt, NOT_LEADER)
    const result = this.#end(timer, record, startedAt, FAILED)
    const error = toWireError(thrown)
    this.#onFailed({ entrypoint: timer.id, sequence: this.#block.tickOf(record).sequence, error })
    return { result, error }
  }
}
