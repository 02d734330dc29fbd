/**
 * One run of a timer's method: from the request to the reply, on the worker thread.
 *
 * Nothing that the method does can make this throw or reject: however it ends, that is the reply.
 */
import type { Logger } from 'pino'
import type { Tick } from '../src/kernel/tick.js'
import type { Micros } from '../src/kernel/time.js'
import { toWireError } from '../src/kernel/wire-error.js'
import type { RunReply, RunRequest } from '../src/pool/protocol.js'
import type { ThreadBlock } from '../src/pool/thread-block.js'
import { now, waitBeside, waitInGate } from './gate.js'
import { LiveTick } from './live-tick.js'

/** A timer entrypoint of a live service instance. */
export interface LiveTimer {
  /** `service.method`. */
  readonly id: string
  readonly log: Logger
  readonly call: (tick: Tick) => unknown
  /** Says whether this tick is wanted. */
  readonly when?: (tick: Tick) => unknown
  /** Asks the interval function, after a run of this duration, for the next interval. */
  readonly nextInterval?: (duration: Micros, hasFailed: boolean) => Micros | undefined
}

const TOO_LATE: RunReply = { kind: 'not_started', because: 'missed' }
const CALLED_OFF: RunReply = { kind: 'not_started', because: 'called_off' }

export class TimerRunner {
  readonly #timers: readonly LiveTimer[]
  readonly #block: ThreadBlock
  #inFlight = 0

  constructor(timers: readonly LiveTimer[], block: ThreadBlock) {
    this.#timers = timers
    this.#block = block
  }

  async run(request: RunRequest): Promise<RunReply> {
    const timer = this.#timers[request.timer]!
    const tick = new LiveTick(timer.id, request, this.#block, timer.log)
    if (request.gate && this.#inFlight === 0) waitInGate(this.#block, request.slot, request.dueAt)
    else if (now() < request.dueAt) await waitBeside(request.dueAt)
    this.#inFlight++
    try {
      return await this.#begin(timer, request, tick)
    } finally {
      this.#inFlight--
    }
  }

  #begin(timer: LiveTimer, request: RunRequest, tick: LiveTick): RunReply | Promise<RunReply> {
    if (!this.#block.begin(request.slot, request.timer)) return CALLED_OFF
    const startedAt = now()
    if (startedAt > request.startBy) return TOO_LATE
    tick.begin(startedAt)
    return timer.when ? this.#callIfWanted(timer, tick, startedAt) : this.#call(timer, tick, startedAt)
  }

  async #callIfWanted(timer: LiveTimer, tick: LiveTick, askedAt: Micros): Promise<RunReply> {
    try {
      if (!(await timer.when!(tick))) return { kind: 'ended', outcome: 'declined', startedAt: askedAt, endedAt: now() }
    } catch (error) {
      return this.#failed(timer, askedAt, error)
    }
    const startedAt = now()
    tick.begin(startedAt)
    return this.#call(timer, tick, startedAt)
  }

  #call(timer: LiveTimer, tick: LiveTick, startedAt: Micros): RunReply | Promise<RunReply> {
    try {
      const result = timer.call(tick)
      if (!isThenable(result)) return this.#completed(timer, startedAt)
      return Promise.resolve(result).then(
        () => this.#completed(timer, startedAt),
        (error) => this.#failed(timer, startedAt, error),
      )
    } catch (error) {
      return this.#failed(timer, startedAt, error)
    }
  }

  #completed(timer: LiveTimer, startedAt: Micros): RunReply {
    const endedAt = now()
    if (!timer.nextInterval) return { kind: 'ended', outcome: 'completed', startedAt, endedAt }
    return { kind: 'ended', outcome: 'completed', startedAt, endedAt, ...ask(timer, startedAt, endedAt, false) }
  }

  #failed(timer: LiveTimer, startedAt: Micros, thrown: unknown): RunReply {
    const endedAt = now()
    const error = toWireError(thrown)
    return { kind: 'ended', outcome: 'failed', startedAt, endedAt, error, ...ask(timer, startedAt, endedAt, true) }
  }
}

function ask(timer: LiveTimer, startedAt: Micros, endedAt: Micros, hasFailed: boolean): { nextInterval?: Micros } {
  const nextInterval = timer.nextInterval?.(endedAt - startedAt, hasFailed)
  return nextInterval === undefined ? {} : { nextInterval }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
