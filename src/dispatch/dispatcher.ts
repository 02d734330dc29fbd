/**
 * From tick to outcome: asks {@link decide}, keeps the lane's books, hands runs to the executor and starts what waits
 * when a run ends or a thread comes up.
 *
 * Control flows by direct calls; events are emitted for observers after the books are right.
 */
import type { Clock } from '../kernel/clock.js'
import type { DueTick } from '../kernel/due-tick.js'
import type { Events } from '../kernel/events.js'
import type { Micros } from '../kernel/time.js'
import { secondsFromMicros } from '../kernel/time.js'
import type { Outcome, SkipReason } from '../kernel/vocabulary.js'
import { type Decision, decide, MISSED } from './decide.js'
import type { Executor, RunHandle, RunReport } from './executor.js'
import type { Lane } from './lane.js'

export interface DispatcherOptions {
  readonly lanes: readonly Lane[]
  readonly executor: Executor
  readonly clock: Clock
  readonly events: Events
  /** Whether a due moment lies in the lane's window. */
  readonly isInWindow: (lane: Lane, tick: DueTick) => boolean
  /** The interval function of an adaptive timer has spoken. */
  readonly onInterval: (lane: Lane, interval: Micros) => void
}

export class Dispatcher {
  readonly #options: DispatcherOptions
  #isStopping = false
  #active = 0
  #idle: (() => void) | undefined

  constructor(options: DispatcherOptions) {
    this.#options = options
  }

  /**
   * A tick that will come due in a moment. True when it was handed over early, to be held in the worker's gate; else it
   * must {@link arrive} when it is due.
   */
  offer(timer: number, tick: DueTick, now: Micros): boolean {
    const lane = this.#lane(timer)
    if (lane.waiting || this.#options.executor.readiness(lane.index, now) !== 'idle') return false
    if (this.#decide(lane, tick, true).do !== 'run') return false
    lane.ledger.arrive()
    lane.ledger.hand()
    this.#start(lane, tick, true)
    return true
  }

  /** A tick that is due. */
  arrive(timer: number, tick: DueTick, now: Micros): void {
    const lane = this.#lane(timer)
    lane.ledger.arrive()
    const hasThread = this.#options.executor.readiness(lane.index, now) !== 'down'
    const decision = now > tick.startBy ? MISSED : this.#decide(lane, tick, hasThread)
    if (decision.do === 'skip') {
      this.#skip(lane, tick, decision.reason)
    } else if (decision.do === 'run') {
      lane.ledger.hand()
      this.#start(lane, tick, false)
    } else {
      const older = lane.waiting
      lane.ledger.wait()
      lane.waiting = tick
      if (older) this.#giveUp(lane, older, 'superseded')
    }
  }

  /** Ticks that lapsed while nobody could act on them; `last` is the latest of them. */
  miss(timer: number, count: number, last: DueTick): void {
    const lane = this.#lane(timer)
    lane.ledger.arrive(count)
    lane.ledger.skip('missed', count)
    this.#emitSkipped(lane, last, 'missed', count)
  }

  /** A lapsed tick to be made up for when the lane is free. */
  makeUp(timer: number, tick: DueTick): void {
    const lane = this.#lane(timer)
    lane.ledger.arrive()
    lane.ledger.wait()
    lane.catchUp.push(tick)
  }

  /** A thread has come up, or something else changed for the better: starts what can be started of a lane. */
  startWaiting(lane: Lane): void {
    if (!lane.waiting && lane.catchUp.length === 0) return
    const now = this.#options.clock.now()
    for (;;) {
      const tick = lane.waiting ?? lane.catchUp[0]
      if (!tick) return
      if (now > tick.startBy) {
        this.#takeWaiting(lane, tick)
        this.#giveUp(lane, tick, 'missed')
        continue
      }
      const hasThread = this.#options.executor.readiness(lane.index, now) !== 'down'
      const decision = this.#decide(lane, tick, hasThread)
      // An entrypoint at its limit is not asked to drop what waits: it keeps waiting for the next run to end.
      if (decision.do === 'wait' || lane.ledger.active >= lane.definition.concurrency) return
      this.#takeWaiting(lane, tick)
      if (decision.do === 'skip') {
        this.#giveUp(lane, tick, decision.reason)
      } else {
        lane.ledger.handWaiting()
        this.#start(lane, tick, false)
      }
    }
  }

  /**
   * From now on nothing starts: what waits is given up, and what was handed over and has not begun is called off.
   * Resolves when no run is active any more.
   */
  stop(): Promise<void> {
    this.#isStopping = true
    for (const lane of this.#options.lanes) {
      for (const tick of lane.waiting ? [lane.waiting, ...lane.catchUp] : lane.catchUp) {
        this.#giveUp(lane, tick, 'stopping')
      }
      lane.waiting = undefined
      lane.catchUp.length = 0
      for (const handle of lane.inFlight) handle.callOff()
    }
    if (this.#active === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle = resolve
    })
  }

  #lane(timer: number): Lane {
    return this.#options.lanes[timer]!
  }

  #decide(lane: Lane, tick: DueTick, hasThread: boolean): Decision {
    const { definition } = lane
    return decide({
      stopping: this.#isStopping,
      paused: lane.isPaused,
      inWindow: definition.window === undefined || this.#options.isInWindow(lane, tick),
      overlap: definition.overlap,
      concurrency: definition.concurrency,
      active: lane.ledger.active,
      begun: lane.ledger.active < definition.concurrency ? 0 : lane.begun,
      hasThread,
    })
  }

  #start(lane: Lane, tick: DueTick, early: boolean): void {
    this.#active++
    const handle: RunHandle = this.#options.executor.run({ lane: lane.index, tick, attempt: 1, early }, (report) => {
      lane.inFlight.delete(handle)
      this.#end(lane, tick, report)
    })
    lane.inFlight.add(handle)
  }

  #end(lane: Lane, tick: DueTick, report: RunReport): void {
    this.#active--
    const { result, nextInterval } = report
    if (result === 'missed' || result === 'called_off') {
      const reason = result === 'missed' ? 'missed' : 'stopping'
      lane.ledger.takeBack(reason)
      this.#emitSkipped(lane, tick, reason, 1)
    } else {
      lane.ledger.end(result)
      if (result === 'completed') lane.lastSuccessAt = this.#options.clock.wallNow()
      if (nextInterval !== undefined) this.#options.onInterval(lane, nextInterval)
      this.#emitEnded(lane, tick, result, report)
    }
    this.startWaiting(lane)
    if (this.#active === 0) this.#idle?.()
  }

  #takeWaiting(lane: Lane, tick: DueTick): void {
    if (lane.waiting === tick) lane.waiting = undefined
    else lane.catchUp.shift()
  }

  #skip(lane: Lane, tick: DueTick, reason: SkipReason): void {
    lane.ledger.skip(reason)
    this.#emitSkipped(lane, tick, reason, 1)
  }

  #giveUp(lane: Lane, tick: DueTick, reason: SkipReason): void {
    lane.ledger.giveUp(reason)
    this.#emitSkipped(lane, tick, reason, 1)
  }

  #emitSkipped(lane: Lane, tick: DueTick, reason: SkipReason, count: number): void {
    const { events } = this.#options
    if (!events.has('tick.skipped')) return
    const { id, service, method } = lane.definition
    const { sequence, dueWall } = tick
    events.emit('tick.skipped', { entrypoint: id, service, method, reason, count, sequence, dueAt: dueWall })
  }

  #emitEnded(lane: Lane, tick: DueTick, outcome: Outcome, { startedAt, endedAt, error, threadId }: RunReport): void {
    const { events } = this.#options
    if (!events.has('run.ended')) return
    const { id, service, method } = lane.definition
    events.emit('run.ended', {
      entrypoint: id,
      service,
      method,
      sequence: tick.sequence,
      dueAt: tick.dueWall,
      lateness: startedAt === undefined ? undefined : secondsFromMicros(startedAt - tick.dueAt),
      duration: startedAt === undefined || endedAt === undefined ? undefined : secondsFromMicros(endedAt - startedAt),
      outcome,
      attempt: 1,
      error,
      threadId,
    })
  }
}
