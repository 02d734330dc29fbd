/**
 * One run of a timer's method: from the request to the reply, on the worker thread.
 *
 * Nothing that the method does can make this throw or reject: however it ends, that is the reply.
 */
import { getHeapStatistics } from 'node:v8'
import { type Logger, pino } from 'pino'
import type { LeaseView } from '../src/coordinate/lease-view.js'
import type { DueTick } from '../src/kernel/due-tick.js'
import type { Tick } from '../src/kernel/tick.js'
import type { Micros } from '../src/kernel/time.js'
import { toWireError } from '../src/kernel/wire-error.js'
import { RUN_RESULTS, type RunReply } from '../src/pool/protocol.js'
import type { ThreadBlock } from '../src/pool/thread-block.js'
import { type Gate, takeTime, threadGate } from './gate.js'
import { LiveTick } from './live-tick.js'

/** A timer entrypoint of a live service instance. */
export interface LiveTimer {
  /** `service.method`. */
  readonly id: string
  readonly log: Logger
  readonly call: (tick: Tick) => unknown
  /** What it runs under; undefined when it needs none. */
  readonly lease: LeaseView | undefined
  /** Says whether this tick is wanted. */
  readonly when: ((tick: Tick) => unknown) | undefined
  /** Asks the interval function, after a run of this duration, for the next interval. */
  readonly nextInterval: ((duration: Micros, hasFailed: boolean) => Micros | undefined) | undefined
}

/** How often the size of the heap is looked at, at the most. */
const HEAP_LOOK: Micros = 1_000_000

const COMPLETED = RUN_RESULTS.indexOf('completed')
const FAILED = RUN_RESULTS.indexOf('failed')
const DECLINED = RUN_RESULTS.indexOf('declined')
const MISSED = RUN_RESULTS.indexOf('missed')
const NOT_LEADER = RUN_RESULTS.indexOf('not_leader')
const CALLED_OFF = RUN_RESULTS.indexOf('called_off')

const NO_TICK: DueTick = { sequence: 0, dueAt: 0, dueWall: 0, startBy: 0 }

const NO_TIMER: LiveTimer = {
  id: '',
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
  readonly #rehearsalTick: LiveTick
  readonly #ticks = new Map<number, LiveTick>()
  #lookAtHeapAt: Micros = 0

  constructor(timers: readonly LiveTimer[], block: ThreadBlock, gate: Gate = threadGate) {
    this.#timers = timers
    this.#block = block
    this.#gate = gate
    this.#rehearsalTick = new LiveTick('', block.rehearsalSlot, block, NO_TIMER.log)
  }

  /** Runs what stands in a slot. */
  async run(slot: number): Promise<RunReply> {
    const block = this.#block
    const timer = this.#timers[block.timerOf(slot)]!
    const tick = new LiveTick(timer.id, slot, block, timer.log)
    const { dueAt, startBy } = block.tickOf(slot)
    const isAlone = this.#ticks.size === 0
    this.#ticks.set(slot, tick)
    try {
      let moment = this.#gate.now()
      if (moment < dueAt) {
        const held = this.#gate.hold(block, slot, dueAt, isAlone, this.#rehearse)
        moment = typeof held === 'number' ? held : await held
      }
      const reply = this.#enter(timer, tick, slot, moment, startBy)
      return typeof reply === 'number' ? reply : await reply
    } finally {
      this.#ticks.delete(slot)
    }
  }

  /** Brings the abort that stands in a slot to those who wait on the run's signal. */
  abort(slot: number): void {
    this.#ticks.get(slot)?.abort()
  }

  /** What comes after the gate: the fewer instructions, the better. */
  #enter(
    timer: LiveTimer,
    tick: LiveTick,
    slot: number,
    moment: Micros,
    startBy: Micros,
  ): RunReply | Promise<RunReply> {
    if (!this.#block.begin(slot)) return CALLED_OFF
    if (moment > startBy) return MISSED
    if (timer.lease) {
      if (!timer.lease.isHeld) return NOT_LEADER
      tick.lease = timer.lease.underThisEpoch()
    }
    return timer.when ? this.#runIfWanted(timer, tick, slot, moment, startBy) : this.#call(timer, tick, slot, moment)
  }

  /** Does all that with a timer that does nothing. */
  readonly #rehearse = () => {
    const slot = this.#block.rehearsalSlot
    this.#block.writeRun(slot, 0, NO_TICK, 1, true)
    void this.#enter(NO_TIMER, this.#rehearsalTick, slot, 0, 0)
  }

  async #runIfWanted(
    timer: LiveTimer,
    tick: LiveTick,
    slot: number,
    askedAt: Micros,
    startBy: Micros,
  ): Promise<RunReply> {
    this.#begin(tick, slot, askedAt)
    try {
      if (!(await timer.when!(tick))) return this.#end(timer, slot, askedAt, DECLINED)
      // It may have taken its time.
      tick.throwIfAborted()
      tick.lease?.assertHeld()
    } catch (error) {
      return this.#fail(timer, slot, askedAt, error)
    }
    const moment = this.#gate.now()
    return moment > startBy ? MISSED : this.#call(timer, tick, slot, moment)
  }

  #call(timer: LiveTimer, tick: LiveTick, slot: number, startedAt: Micros): RunReply | Promise<RunReply> {
    this.#begin(tick, slot, startedAt)
    try {
      const result = timer.call(tick)
      if (!isThenable(result)) return this.#end(timer, slot, startedAt, COMPLETED)
      return Promise.resolve(result).then(
        () => this.#end(timer, slot, startedAt, COMPLETED),
        (error) => this.#fail(timer, slot, startedAt, error),
      )
    } catch (error) {
      return this.#fail(timer, slot, startedAt, error)
    }
  }

  #begin(tick: LiveTick, slot: number, at: Micros): void {
    this.#block.writeStart(slot, at)
    tick.begin(at)
  }

  #end(timer: LiveTimer, slot: number, startedAt: Micros, result: number): number {
    const endedAt = this.#gate.now()
    if (endedAt > this.#lookAtHeapAt) this.#lookAtHeap(endedAt)
    this.#block.writeEnd(slot, endedAt, timer.nextInterval?.(endedAt - startedAt, result === FAILED))
    return result
  }

  #lookAtHeap(moment: Micros): void {
    this.#lookAtHeapAt = moment + HEAP_LOOK
    this.#block.writeHeap(getHeapStatistics().used_heap_size)
  }

  #fail(timer: LiveTimer, slot: number, startedAt: Micros, thrown: unknown): RunReply {
    return { result: this.#end(timer, slot, startedAt, FAILED), error: toWireError(thrown) }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
