/**
 * From tick to outcome: asks {@link decide}, keeps the lane's books, hands runs to the executor, tries again what failed,
 * and starts what waits when a run ends or a thread comes up.
 *
 * Control flows by direct calls; events are emitted for observers after the books are right.
 */
import type { Clock } from '../kernel/clock.js'
import type { DueTick } from '../kernel/due-tick.js'
import type { Events } from '../kernel/events.js'
import type { Micros } from '../kernel/time.js'
import type { AbortCause, Outcome, SkipReason } from '../kernel/vocabulary.js'
import { announceCircuit, announceEnded, announceRetry, announceSkipped } from './announce.js'
import { backoffDelay } from './backoff.js'
import { type Decision, decide, MISSED } from './decide.js'
import type { Coordination, Executor, Placement, RunReport } from './executor.js'
import { type Lane, Run } from './lane.js'
import { RunControl } from './run-control.js'

export interface DispatcherOptions {
  readonly lanes: readonly Lane[]
  readonly executor: Executor
  readonly coordination: Coordination
  readonly clock: Clock
  readonly events: Events
  /** Whether a due moment lies in the lane's window. */
  readonly isInWindow: (lane: Lane, tick: DueTick) => boolean
  /** The interval function of an adaptive timer has spoken. */
  readonly onInterval: (lane: Lane, interval: Micros) => void
}

/** What became of a tick that was triggered by hand. */
export type TriggerResult = 'started' | 'waiting' | SkipReason

export class Dispatcher {
  readonly #options: DispatcherOptions
  readonly #control: RunControl
  readonly #killedAtStop = new Set<string>()
  #isStopping = false
  #active = 0
  #idle: (() => void) | undefined
  /** Those who wait until nothing runs in some lanes. */
  readonly #quiets = new Set<{ readonly lanes: readonly Lane[]; readonly resolve: () => void }>()

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.#control = new RunControl(options.clock, options.events)
  }

  /**
   * A tick that will come due in a moment. True when it was handed over early, to be held in the worker's gate; else it
   * must {@link arrive} when it is due.
   */
  offer(timer: number, tick: DueTick, now: Micros): boolean {
    const lane = this.#lane(timer)
    if (lane.waiting) return false
    const placement = this.#options.executor.place(lane.index, now)
    if (!placement?.isIdle || this.#decide(lane, tick, now, placement).do !== 'run') return false
    lane.ledger.arrive()
    this.#run(lane, tick, placement, true)
    return true
  }

  /** A tick that is due. */
  arrive(timer: number, tick: DueTick, now: Micros): void {
    const lane = this.#lane(timer)
    lane.ledger.arrive()
    const placement = this.#options.executor.place(lane.index, now)
    this.#act(lane, tick, now > tick.startBy ? MISSED : this.#decide(lane, tick, now, placement), placement)
  }

  /** Ticks that lapsed while nobody could act on them; `last` is the latest of them. */
  miss(timer: number, count: number, last: DueTick): void {
    const lane = this.#lane(timer)
    lane.ledger.arrive(count)
    lane.ledger.skip('missed', count)
    this.#announceSkipped(lane, last, 'missed', count)
  }

  /** A lapsed tick to be made up for when the lane is free, unless it would not run even then. */
  makeUp(timer: number, tick: DueTick): void {
    const lane = this.#lane(timer)
    lane.ledger.arrive()
    const decision = decide({ ...this.#facts(lane, tick, this.#options.clock.now(), true), active: 0, returned: 0 })
    if (decision.do === 'skip') {
      lane.ledger.skip(decision.reason)
      this.#announceSkipped(lane, tick, decision.reason)
    } else {
      lane.ledger.wait()
      lane.catchUp.push(tick)
    }
  }

  /** A tick by hand: not asked about pause or window, but about overlap and the rest. */
  trigger(lane: Lane): TriggerResult {
    const { clock, executor } = this.#options
    const now = clock.now()
    lane.ledger.arrive()
    const tick = {
      sequence: -++lane.triggers,
      dueMono: now,
      dueWall: clock.wallNow(),
      startBy: Number.POSITIVE_INFINITY,
    }
    const placement = executor.place(lane.index, now)
    const decision = this.#decide(lane, tick, now, placement)
    this.#act(lane, tick, decision, placement)
    if (decision.do === 'skip') return decision.reason
    return decision.do === 'run' ? 'started' : 'waiting'
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
        this.#drop(lane, tick, 'missed')
        continue
      }
      const placement = this.#options.executor.place(lane.index, now)
      const decision = this.#decide(lane, tick, now, placement)
      // An entrypoint at its limit is not asked to drop what waits: it keeps waiting for the next run to end.
      if (decision.do === 'wait' || lane.ledger.active + lane.claiming >= lane.definition.concurrency) return
      this.#takeWaiting(lane, tick)
      if (decision.do === 'skip') {
        this.#drop(lane, tick, decision.reason)
      } else {
        this.#runWaiting(lane, tick, placement!)
      }
    }
  }

  /**
   * From now on nothing starts: what waits is given up, what was handed over and has not begun is called off, and what
   * failed is not tried again. Resolves when no run is active any more.
   */
  stop(): Promise<void> {
    this.#isStopping = true
    for (const lane of this.#options.lanes) {
      for (const tick of lane.waiting ? [lane.waiting, ...lane.catchUp] : lane.catchUp) {
        this.#drop(lane, tick, 'stopping')
      }
      lane.waiting = undefined
      lane.catchUp.length = 0
      for (const run of [...lane.runs]) {
        if (run.handle) run.handle.cancel()
        else this.#finish(run, 'failed', run.lastReport!)
      }
    }
    if (this.#active === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle = resolve
    })
  }

  /** Entrypoints whose runs had to be killed, or could not be, since the stop began. */
  get killedAtStop(): string[] {
    const left = this.#options.lanes.filter((lane) => lane.ledger.active > 0).map((lane) => lane.definition.id)
    return [...new Set([...this.#killedAtStop, ...left])]
  }

  /** Tells every run to stop; those that have not by the end of their grace are killed with their threads. */
  abortAll(cause: AbortCause): void {
    for (const { runs } of this.#options.lanes) for (const run of [...runs]) this.#control.abort(run, cause)
  }

  /** Kills every run at once. */
  killAll(): void {
    for (const { runs } of this.#options.lanes) for (const run of [...runs]) this.#control.kill(run)
  }

  #lane(timer: number): Lane {
    return this.#options.lanes[timer]!
  }

  #decide(lane: Lane, tick: DueTick, now: Micros, placement: Placement | undefined): Decision {
    return decide(this.#facts(lane, tick, now, placement !== undefined))
  }

  #facts(lane: Lane, tick: DueTick, now: Micros, hasThread: boolean) {
    const { definition, ledger } = lane
    const { lease } = definition
    const active = ledger.active + lane.claiming
    const isFull = active >= definition.concurrency
    const isByHand = tick.sequence < 0
    return {
      stopping: this.#isStopping,
      paused: lane.isPaused && !isByHand,
      blockedBy: lane.circuit.blocks(now),
      holdsLease: lease === undefined || this.#options.coordination.holds(lease),
      inWindow: isByHand || definition.window === undefined || this.#options.isInWindow(lane, tick),
      overlap: definition.overlap,
      concurrency: definition.concurrency,
      active,
      started: isFull ? lane.started : 0,
      claiming: lane.claiming,
      returned: isFull ? lane.returned : 0,
      hasThread,
    }
  }

  /** Does with a tick that has arrived what was decided. */
  #act(lane: Lane, tick: DueTick, decision: Decision, placement: Placement | undefined): void {
    if (decision.do === 'skip') {
      lane.ledger.skip(decision.reason)
      this.#announceSkipped(lane, tick, decision.reason)
      this.startWaiting(lane)
    } else if (decision.do === 'run' && placement) {
      this.#run(lane, tick, placement, false)
    } else {
      const older = lane.waiting
      lane.ledger.wait()
      lane.waiting = tick
      if (older) this.#drop(lane, older, 'superseded')
      if (decision.do === 'replace') for (const run of [...lane.runs]) this.#replace(run)
    }
  }

  #replace(run: Run): void {
    if (run.handle) this.#control.abort(run, 'replaced')
    else this.#finish(run, 'aborted', run.lastReport!)
  }

  /** An arrived tick is to run. */
  #run(lane: Lane, tick: DueTick, placement: Placement, early: boolean): void {
    if (isClaimed(lane, tick)) {
      lane.ledger.wait()
      this.#claim(lane, tick)
    } else {
      lane.ledger.dispatch()
      this.#start(lane, tick, placement, early)
    }
  }

  /** A waiting tick is to run. */
  #runWaiting(lane: Lane, tick: DueTick, placement: Placement): void {
    if (isClaimed(lane, tick)) {
      this.#claim(lane, tick)
    } else {
      lane.ledger.dispatchPending()
      this.#start(lane, tick, placement, false)
    }
  }

  /** Runs a tick if no other instance has claimed it. Until that is known it is pending, and its place is taken. */
  #claim(lane: Lane, tick: DueTick): void {
    const { clock, coordination, executor } = this.#options
    lane.claiming++
    this.#active++
    void coordination.claim(lane.definition, tick).then((result) => {
      lane.claiming--
      this.#active--
      const now = clock.now()
      const placement = executor.place(lane.index, now)
      const refusal = this.#isStopping ? 'stopping' : result
      if (refusal !== 'claimed') {
        this.#drop(lane, tick, refusal)
        this.#moveOn(lane)
      } else if (placement) {
        lane.ledger.dispatchPending()
        this.#start(lane, tick, placement, placement.isIdle && now < tick.dueMono)
      } else if (lane.waiting) {
        this.#drop(lane, tick, 'superseded')
      } else {
        // It is claimed again, which gives the same answer, when a thread is up.
        lane.waiting = tick
      }
    })
  }

  /**
   * A lease is being lost: nothing starts under it any more (`holds` says so by now), what has not begun is taken back, what
   * runs is told to stop and killed at the end of its grace. Resolves when everything has really stopped.
   */
  loseLease(lease: string): Promise<void> {
    const lanes = this.#options.lanes.filter(({ definition }) => definition.lease === lease)
    for (const lane of lanes) {
      for (const tick of lane.waiting ? [lane.waiting, ...lane.catchUp] : lane.catchUp) {
        this.#drop(lane, tick, 'not_leader')
      }
      lane.waiting = undefined
      lane.catchUp.length = 0
      for (const run of [...lane.runs]) {
        if (!run.handle) this.#finish(run, 'aborted', run.lastReport!)
        else if (!run.handle.cancel()) this.#control.abort(run, 'lease_lost')
      }
    }
    if (lanes.every(isQuiet)) return Promise.resolve()
    return new Promise((resolve) => this.#quiets.add({ lanes, resolve }))
  }

  #start(lane: Lane, tick: DueTick, placement: Placement, early: boolean): void {
    const run = new Run(lane, tick)
    lane.runs.add(run)
    run.isProbe = lane.circuit.tryAcquireProbe()
    if (run.isProbe) announceCircuit(this.#options.events, lane, lane.circuit.blocks(this.#options.clock.now()))
    this.#active++
    this.#attempt(run, placement, early)
  }

  #attempt(run: Run, placement: Placement, early: boolean): void {
    const { lane, attempt } = run
    // A retry is not held to the start deadline: the tick has started in time.
    const tick = attempt === 1 ? run.tick : { ...run.tick, startBy: Number.POSITIVE_INFINITY }
    run.handle = placement.run({ lane: lane.index, tick, attempt, early }, (report) => {
      run.handle = undefined
      run.next(undefined)
      this.#end(run, report)
    })
    this.#control.watch(run)
  }

  #end(run: Run, report: RunReport): void {
    const { lane, tick } = run
    const { result, nextInterval } = report
    if (run.lastReport && (result === 'cancelled' || result === 'not_leader')) {
      // An attempt before this one has run: so has the tick.
      this.#finish(run, run.abortedFor || !this.#isStopping ? 'aborted' : 'failed', run.lastReport)
      return
    }
    if (result === 'missed' || result === 'cancelled' || result === 'not_leader') {
      const reason = result !== 'cancelled' ? result : this.#isStopping ? 'stopping' : 'not_leader'
      lane.runs.delete(run)
      this.#active--
      lane.ledger.withdraw(reason)
      if (run.isProbe) lane.circuit.probeInconclusive(this.#options.clock.now())
      this.#announceSkipped(lane, tick, reason)
      this.#moveOn(lane)
      return
    }
    if (nextInterval !== undefined) this.#options.onInterval(lane, nextInterval)
    const outcome = run.abortedFor ? (run.abortedFor === 'timeout' ? 'timed_out' : 'aborted') : result
    if (this.#isStopping && run.abortedFor && result === 'crashed') this.#killedAtStop.add(lane.definition.id)
    const { attempts } = lane.definition.retry
    if (outcome === 'failed' && run.attempt < attempts && !this.#isStopping) this.#retry(run, report)
    else this.#finish(run, outcome, report)
  }

  #retry(run: Run, report: RunReport): void {
    const { clock, events, executor } = this.#options
    const delay = backoffDelay(run.lane.definition.retry.backoff, run.attempt)
    run.lastReport = report
    const again = () => {
      const placement = executor.place(run.lane.index, clock.now())
      if (!placement) {
        run.next(clock.after(RETRY_LOOK, again))
        return
      }
      run.attempt++
      this.#attempt(run, placement, false)
    }
    run.next(clock.after(delay, again))
    announceRetry(events, run, delay, report)
  }

  #finish(run: Run, outcome: Outcome, report: RunReport): void {
    const { lane } = run
    const { clock } = this.#options
    run.next(undefined)
    lane.runs.delete(run)
    this.#active--
    lane.ledger.end(outcome)
    this.#judge(run, outcome, report)
    if (outcome === 'completed') lane.lastSuccessAt = clock.wallNow()
    announceEnded(this.#options.events, run, outcome, report)
    this.#moveOn(lane)
  }

  /** Tells the circuit what the run says about the entrypoint. */
  #judge({ lane, isProbe }: Run, outcome: Outcome, report: RunReport): void {
    const { circuit } = lane
    // While the circuit is half open, only its probe has a say.
    if (circuit.state === 'half_open' && !isProbe) return
    const now = this.#options.clock.now()
    const before = circuit.state
    if (outcome === 'completed') circuit.succeeded()
    else if (outcome === 'failed' || outcome === 'timed_out') circuit.failed(now)
    else if (outcome === 'crashed' && report.isBlamed) circuit.crashed(now)
    else circuit.probeInconclusive(now)
    if (circuit.state === before) return
    announceCircuit(this.#options.events, lane, circuit.blocks(now))
  }

  #moveOn(lane: Lane): void {
    this.startWaiting(lane)
    if (this.#active === 0) this.#idle?.()
    if (this.#quiets.size === 0) return
    for (const quiet of this.#quiets) {
      if (!quiet.lanes.every(isQuiet)) continue
      this.#quiets.delete(quiet)
      quiet.resolve()
    }
  }

  #takeWaiting(lane: Lane, tick: DueTick): void {
    if (lane.waiting === tick) lane.waiting = undefined
    else lane.catchUp.shift()
  }

  #drop(lane: Lane, tick: DueTick, reason: SkipReason): void {
    lane.ledger.drop(reason)
    this.#announceSkipped(lane, tick, reason)
  }

  #announceSkipped(lane: Lane, tick: DueTick, reason: SkipReason, count = 1): void {
    announceSkipped(this.#options.events, lane, tick, reason, count)
  }
}

/** Another instance may have the tick. What is triggered by hand is meant for this one. */
function isClaimed({ definition }: Lane, { sequence }: DueTick): boolean {
  return definition.scope === 'cluster' && sequence >= 0
}

function isQuiet({ ledger, claiming }: Lane): boolean {
  return ledger.active === 0 && claiming === 0
}

/** How often a retry whose time has come looks for a thread that is up. */
const RETRY_LOOK: Micros = 50_000
