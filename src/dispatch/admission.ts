/**
 * Admits ticks: each runs, waits, or is skipped. {@link decide} has the policy; this class gathers its facts, carries out its
 * decision and updates the ledger.
 *
 *     offered --> active                                   handed over early, held in the worker's gate
 *     arrived --> active | pending | skipped
 *     pending --> active | skipped                         waits for a run to end, a thread, or the answer to a claim
 *
 * 1. Each arrived tick is moved to exactly one place before the call that brought it returns.
 * 2. A lane has at most one waiting tick; the older one is skipped as `superseded`.
 * 3. A tick that is being claimed is pending, and counts as active for the overlap of its lane.
 * 4. Late ticks of `missed: 'all'` start after the waiting tick, oldest first.
 */
import type { Clock } from '../kernel/clock.js'
import type { Window } from '../kernel/definitions.js'
import type { DueTick, TimerIndex } from '../kernel/due-tick.js'
import type { Events } from '../kernel/events.js'
import type { Micros, Millis } from '../kernel/time.js'
import type { SkipReason } from '../kernel/vocabulary.js'
import { announceDecision, announceSkipped } from './announce.js'
import { type Decision, decide, type LaneFacts, MISSED } from './decide.js'
import type { Coordination, Executor, Placement } from './executor.js'
import type { Lane, PendingTick, Timer } from './lane.js'
import type { RunLifecycle } from './run-lifecycle.js'

export interface AdmissionOptions {
  /** Each timer at its index. */
  readonly timers: readonly Timer[]
  readonly lifecycle: RunLifecycle
  readonly executor: Executor
  readonly coordination: Coordination
  readonly clock: Clock
  readonly events: Events
  readonly isInside: (window: Window, dueWall: Millis) => boolean
  /** Called when a tick has left a lane without a run. */
  readonly onFreed: (lane: Lane) => void
}

/** The result of a tick that was triggered by hand. `offered`: to the queue, for whichever instance takes it. */
export type TriggerResult = 'started' | 'waiting' | 'offered' | SkipReason

export class Admission {
  readonly #options: AdmissionOptions

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  /**
   * Offers a tick shortly before its due moment. True: it was handed over early, and the worker's gate holds it. False: call
   * {@link arrive} with it when it is due.
   */
  offer(index: TimerIndex, tick: DueTick, now: Micros): boolean {
    const timer = this.#timer(index)
    if (timer.lane.waiting) return false
    const placement = this.#options.executor.place(index, now)
    if (!placement?.isIdle || this.#decide(timer, tick, now, placement).do !== 'run') return false
    timer.ledger.arrive()
    this.#run(timer, tick, placement, true)
    return true
  }

  /** Admits a tick that is due. */
  arrive(index: TimerIndex, tick: DueTick, now: Micros): void {
    const timer = this.#timer(index)
    timer.ledger.arrive()
    const placement = this.#options.executor.place(index, now)
    this.#act(timer, tick, now > tick.startBy ? MISSED : this.#decide(timer, tick, now, placement), placement)
  }

  /** Skips ticks whose due moments passed during a stall or suspend; `last` is the latest of them. */
  miss(index: TimerIndex, count: number, last: DueTick): void {
    const timer = this.#timer(index)
    timer.ledger.arrive(count)
    timer.ledger.skip('missed', count)
    announceSkipped(this.#options.events, timer, last, 'missed', count)
  }

  /** Keeps a late tick of `missed: 'once'` or `'all'` until the lane is free; skips it if it would not run even then. */
  makeUp(index: TimerIndex, tick: DueTick): void {
    const timer = this.#timer(index)
    timer.ledger.arrive()
    const decision = decide({ ...this.#facts(timer, tick, this.#options.clock.now(), true), active: 0, returned: 0 })
    if (decision.do === 'skip') {
      timer.ledger.skip(decision.reason)
      announceSkipped(this.#options.events, timer, tick, decision.reason)
    } else {
      timer.ledger.wait()
      timer.lane.catchUp.push({ timer, tick })
      announceDecision(timer, tick, 'wait')
    }
  }

  /** Adds a tick by hand. It ignores pause and window; overlap and everything else apply. */
  trigger(timer: Timer): TriggerResult {
    const { clock, executor } = this.#options
    const now = clock.now()
    timer.ledger.arrive()
    const tick = {
      sequence: -++timer.triggers,
      dueMono: now,
      dueWall: clock.wallNow(),
      startBy: Number.POSITIVE_INFINITY,
    }
    const placement = executor.place(timer.index, now)
    const decision = this.#decide(timer, tick, now, placement)
    this.#act(timer, tick, decision, placement)
    if (decision.do === 'skip') return decision.reason
    return decision.do === 'run' ? 'started' : 'waiting'
  }

  /** Starts the waiting ticks of a lane that can start. Call it after a run has ended or a thread has come up. */
  startWaiting(lane: Lane): void {
    if (!lane.waiting && lane.catchUp.length === 0) return
    const now = this.#options.clock.now()
    for (;;) {
      const pending = lane.waiting ?? lane.catchUp[0]
      if (!pending) return
      const { timer, tick } = pending
      if (now > tick.startBy) {
        takeOut(lane, pending)
        this.#drop(pending, 'missed')
        continue
      }
      const placement = this.#options.executor.place(timer.index, now)
      const decision = this.#decide(timer, tick, now, placement)
      // Overlap does not skip a pending tick: in a lane at its limit, the tick waits for the next run to end.
      if (decision.do === 'wait' || lane.active >= lane.definition.concurrency) return
      takeOut(lane, pending)
      if (decision.do === 'skip') this.#drop(pending, decision.reason)
      else this.#runPending(pending, placement!)
    }
  }

  /** Skips all ticks that wait in a lane. */
  dropWaiting(lane: Lane, reason: SkipReason): void {
    const pending = lane.waiting ? [lane.waiting, ...lane.catchUp] : [...lane.catchUp]
    lane.waiting = undefined
    lane.catchUp.length = 0
    for (const tick of pending) this.#drop(tick, reason)
  }

  #timer(index: TimerIndex): Timer {
    return this.#options.timers[index]!
  }

  #decide(timer: Timer, tick: DueTick, now: Micros, placement: Placement | undefined): Decision {
    return decide(this.#facts(timer, tick, now, placement !== undefined))
  }

  #facts(timer: Timer, tick: DueTick, now: Micros, hasThread: boolean): LaneFacts {
    const { definition, lane } = timer
    const { lease, window } = definition
    const { active } = lane
    const isFull = active >= definition.concurrency
    const isByHand = tick.sequence < 0
    return {
      stopping: lane.isStopping,
      paused: timer.isPaused && !isByHand,
      inWindow: isByHand || window === undefined || this.#options.isInside(window, tick.dueWall),
      holdsLease: lease === undefined || this.#options.coordination.holds(lease),
      blockedBy: lane.circuit.blocks(now),
      overlap: definition.overlap,
      concurrency: definition.concurrency,
      active,
      claiming: lane.claiming,
      started: isFull ? lane.startedBy(tick.dueMono) : 0,
      returned: isFull ? lane.returned : 0,
      hasThread,
    }
  }

  /** Carries out the decision about an arrived tick. */
  #act(timer: Timer, tick: DueTick, decision: Decision, placement: Placement | undefined): void {
    const { lane, ledger } = timer
    if (decision.do === 'skip') {
      ledger.skip(decision.reason)
      announceSkipped(this.#options.events, timer, tick, decision.reason)
      this.startWaiting(lane)
    } else if (decision.do === 'run' && placement) {
      this.#run(timer, tick, placement, false)
    } else {
      const older = lane.waiting
      ledger.wait()
      lane.waiting = { timer, tick }
      announceDecision(timer, tick, 'wait')
      if (older) this.#drop(older, 'superseded')
      if (decision.do === 'replace') for (const run of [...lane.runs]) this.#options.lifecycle.replace(run)
    }
  }

  /** Runs an arrived tick. */
  #run(timer: Timer, tick: DueTick, placement: Placement, early: boolean): void {
    if (needsClaim(timer, tick)) {
      timer.ledger.wait()
      this.#claim({ timer, tick })
    } else {
      timer.ledger.dispatch()
      this.#options.lifecycle.start(timer, tick, placement, early)
    }
  }

  /** Runs a pending tick. */
  #runPending(pending: PendingTick, placement: Placement): void {
    const { timer, tick } = pending
    if (needsClaim(timer, tick)) {
      this.#claim(pending)
    } else {
      timer.ledger.dispatchPending()
      this.#options.lifecycle.start(timer, tick, placement, false)
    }
  }

  /** Runs a tick if no other instance has claimed it. */
  #claim(pending: PendingTick): void {
    const { clock, coordination, executor, lifecycle, onFreed } = this.#options
    const { timer, tick } = pending
    const { lane } = timer
    lane.claiming++
    void coordination.claim(timer.definition, tick).then((result) => {
      lane.claiming--
      const now = clock.now()
      const placement = executor.place(timer.index, now)
      const refusal = lane.isStopping ? 'stopping' : result
      if (refusal !== 'claimed') {
        this.#drop(pending, refusal)
        onFreed(lane)
      } else if (placement) {
        timer.ledger.dispatchPending()
        lifecycle.start(timer, tick, placement, placement.isIdle && now < tick.dueMono)
      } else if (lane.waiting) {
        this.#drop(pending, 'superseded')
      } else {
        // No thread is up: the tick is claimed again when one is, with the same answer.
        lane.waiting = pending
      }
    })
  }

  #drop({ timer, tick }: PendingTick, reason: SkipReason): void {
    timer.ledger.drop(reason)
    announceSkipped(this.#options.events, timer, tick, reason)
  }
}

function takeOut(lane: Lane, pending: PendingTick): void {
  if (lane.waiting === pending) lane.waiting = undefined
  else lane.catchUp.shift()
}

/** True when another instance may run the tick. A tick that was triggered by hand runs here. */
function needsClaim({ definition }: Timer, { sequence }: DueTick): boolean {
  return definition.scope === 'cluster' && sequence >= 0
}
