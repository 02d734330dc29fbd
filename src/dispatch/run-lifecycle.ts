/**
 * Starts runs, makes their attempts, and ends them. run-phase.ts lists the phases of a run and the invariants.
 *
 * This class writes the phases of runs; only {@link RunControl}, which aborts attempts, writes them too.
 */
import { backoffDelay } from '../kernel/backoff.js'
import type { Clock } from '../kernel/clock.js'
import type { DueTick } from '../kernel/due-tick.js'
import type { Events } from '../kernel/events.js'
import type { HeldTicket, Settlement } from '../kernel/ticket.js'
import type { Micros } from '../kernel/time.js'
import type { AbortCause, Outcome, ReturnReason, SkipReason } from '../kernel/vocabulary.js'
import {
  announceCircuit,
  announceCutOff,
  announceDecision,
  announceEnded,
  announceRetry,
  announceReturned,
  announceSkipped,
} from './announce.js'
import { countEnded, countRetry } from './count-run.js'
import type { Executor, Invocation, InvokedTicket, Placement, RunReport } from './executor.js'
import { judge } from './judge.js'
import { type Lane, Run, type Timer } from './lane.js'
import { noteOldestRun } from './oldest-run.js'
import type { RunControl } from './run-control.js'
import { type CancelReason, ENDED } from './run-phase.js'
import { beforeRun } from './success-wait.js'
import { endingOf } from './ticket-ending.js'

export interface RunLifecycleOptions {
  readonly executor: Executor
  readonly control: RunControl
  readonly clock: Clock
  readonly events: Events
  /** Called when an interval function returns a new interval. */
  readonly onInterval: (timer: Timer, interval: Micros) => void
  /** Called when a run has left its lane. */
  readonly onFreed: (lane: Lane) => void
  /** Called once for each run of a ticket, when its place in the ledger is booked. `report`: when its method was called. */
  readonly onTicketEnded: (run: Run, held: HeldTicket, settlement: Settlement, report?: RunReport) => void
}

/** A ticket whose run is started. */
export interface StartedTicket {
  readonly held: HeldTicket
  /** See {@link InvokedTicket.callBefore}. */
  readonly callBefore: Micros
}

/** How often a retry whose delay is over checks whether a thread is up. */
const RETRY_LOOK: Micros = 50_000

export class RunLifecycle {
  readonly #options: RunLifecycleOptions

  constructor(options: RunLifecycleOptions) {
    this.#options = options
  }

  /**
   * Starts the run of a tick that the ledger has counted as active. `early`: the worker's gate holds it until it is due. `taken`: the
   * ticket, if it came from the queue.
   */
  start(timer: Timer, tick: DueTick, placement: Placement, early: boolean, taken?: StartedTicket): Run {
    const { lane } = timer
    const isProbe = lane.circuit.tryAcquireProbe()
    const since = Math.max(tick.dueMono, this.#options.clock.now())
    const run = new Run(timer, tick, isProbe, taken?.held, since)
    lane.runs.add(run)
    beforeRun(timer, tick)
    noteOldestRun(timer)
    if (isProbe) announceCircuit(this.#options.events, lane, lane.circuit.blocks(this.#options.clock.now()))
    announceDecision(timer, tick, 'run')
    this.#attempt(run, { tick, attempt: run.attempt, early, ticket: taken && invoked(taken) }, placement, undefined)
    return run
  }

  /**
   * Ends a run in favour of a newer tick: aborts it, ends it at once if it waits for its next attempt, or cancels it if it has not
   * begun. A run that has not begun is never aborted: another run occupies its thread then, and the end of the grace would kill
   * that one.
   */
  replace(run: Run): void {
    const { phase } = run
    if (phase.name === 'backing_off') {
      this.#finish(run, 'aborted', phase.report, 'replaced')
    } else if (phase.name === 'attempting' && phase.handle.cancel()) {
      run.phase = { name: 'cancelling', handle: phase.handle, previous: phase.previous, reason: 'superseded' }
    } else {
      this.#options.control.abort(run, 'replaced')
    }
  }

  /**
   * Cancels a run that has not begun or that waits for its next attempt. A run whose method has been called continues at a stop,
   * and is aborted when its lease is lost.
   */
  cancel(run: Run, reason: CancelReason): void {
    const { phase } = run
    if (phase.name === 'backing_off') {
      this.#finishCancelled(run, reason, phase.report)
    } else if (phase.name === 'attempting' || phase.name === 'aborting') {
      const { handle, previous } = phase
      if (this.takeBack(run, returnReasonOf(reason))) return
      if (handle.cancel()) run.phase = { name: 'cancelling', handle, previous, reason }
      else if (reason === 'not_leader') this.#options.control.abort(run, 'lease_lost')
    }
  }

  /**
   * Returns the ticket of a run whose method has not been called and never will be. It does not wait for the thread, which may be busy for
   * long. False: the method has been called, or the run is not that of a ticket.
   */
  takeBack(run: Run, reason: ReturnReason): boolean {
    const { phase, held } = run
    if (!held || (phase.name !== 'attempting' && phase.name !== 'aborting') || !phase.handle.cancel()) return false
    this.#giveBack(run, held, { kind: 'returned' }, reason)
    return true
  }

  /**
   * Aborts a run by hand, or ends it if it waits for its next attempt. False: it stays, because it has not begun (another run occupies
   * its thread, as with {@link replace}), has returned, or is being ended already.
   */
  abort(run: Run): boolean {
    const { phase } = run
    if (phase.name === 'backing_off') {
      this.#finish(run, 'aborted', phase.report, 'manual')
      return true
    }
    if (phase.name !== 'attempting' || phase.handle.hasReturned) return false
    const { handle, previous } = phase
    if (!handle.hasStarted) {
      if (!previous) return false
      if (handle.cancel()) {
        run.phase = { name: 'cancelling', handle, previous, reason: 'manual' }
        return true
      }
    }
    this.#options.control.abort(run, 'manual')
    return true
  }

  #attempt(run: Run, invocation: Invocation, placement: Placement, previous: RunReport | undefined): void {
    const handle = placement.run(invocation, (report) => this.#end(run, report))
    run.phase = { name: 'attempting', handle, previous }
    this.#options.control.watch(run)
  }

  /** Called when the thread has reported an attempt or has exited. */
  #end(run: Run, report: RunReport): void {
    const { phase, lane, timer } = run
    if (!('previous' in phase)) return
    run.nothingNext()
    const { previous } = phase
    if (phase.name === 'cancelling') {
      if (phase.reason === 'manual') this.#finish(run, 'aborted', phase.previous, 'manual')
      else if (previous) this.#finishCancelled(run, phase.reason, previous)
      else this.#withdraw(run, phase.reason)
      return
    }
    const { result, nextInterval } = report
    if (result === 'missed' || result === 'not_leader' || result === 'cancelled') {
      if (previous) this.#finish(run, 'aborted', previous, result === 'not_leader' ? 'lease_lost' : undefined)
      else this.#withdraw(run, result === 'cancelled' ? 'stopping' : result)
      return
    }
    if (run.held && result === 'crashed' && !report.isBlamed && report.startedAt === undefined) {
      // The thread ended before it called the method.
      this.#giveBack(run, run.held, { kind: 'returned' }, 'saturated')
      return
    }
    if (nextInterval !== undefined) this.#options.onInterval(timer, nextInterval)
    if (phase.name === 'aborting') {
      if (lane.isStopping && result === 'crashed') lane.hasBeenKilled = true
      this.#finish(run, phase.cause === 'timeout' ? 'timed_out' : 'aborted', report, phase.cause)
    } else if (
      result === 'failed' &&
      run.held === undefined &&
      run.attempt < lane.definition.retry.attempts &&
      !lane.isStopping
    ) {
      this.#retry(run, report)
    } else {
      this.#finish(run, result, report)
    }
  }

  #retry(run: Run, report: RunReport): void {
    const { clock, events, executor } = this.#options
    const delay = backoffDelay(run.lane.definition.retry.backoff, run.attempt)
    run.phase = { name: 'backing_off', report }
    const again = () => {
      const placement = executor.place(run.timer.index, clock.now())
      if (!placement) {
        run.next(clock.after(RETRY_LOOK, again))
        return
      }
      run.attempt++
      // The start deadline does not apply to a retry: the first attempt started in time.
      const tick = { ...run.tick, startBy: Number.POSITIVE_INFINITY }
      this.#attempt(run, { tick, attempt: run.attempt, early: false }, placement, report)
    }
    run.next(clock.after(delay, again))
    countRetry(run)
    announceRetry(events, run, delay, report)
  }

  /** Skips a tick whose method was not called. A ticket goes back to the queue, unless it has come too late. */
  #withdraw(run: Run, reason: SkipReason): void {
    const { events, onTicketEnded } = this.#options
    const { timer, held } = run
    if (held && reason !== 'missed') {
      this.#giveBack(run, held, { kind: 'returned' }, returnReasonOf(reason))
      return
    }
    this.#leave(run)
    timer.ledger.withdraw(reason)
    this.#endProbe(run)
    announceSkipped(events, timer, run.tick, reason)
    if (held) onTicketEnded(run, held, { kind: 'expired' })
    this.#options.onFreed(timer.lane)
  }

  /** The ticket of a run goes back to the queue. */
  #giveBack(run: Run, held: HeldTicket, settlement: Settlement, reason: ReturnReason, report?: RunReport): void {
    const { events, onTicketEnded, onFreed } = this.#options
    const { timer } = run
    this.#leave(run)
    timer.ledger.giveBackActive()
    this.#endProbe(run)
    if (reason === 'retry') countRetry(run)
    announceReturned(events, timer, run.tick, held, reason, report)
    onTicketEnded(run, held, settlement, report)
    onFreed(timer.lane)
  }

  /** The run was a probe that says nothing about the method. */
  #endProbe({ lane, isProbe }: Run): void {
    if (isProbe) lane.circuit.probeInconclusive(this.#options.clock.now())
  }

  /** Ends a run that is cancelled between two attempts. At a stop its outcome is that of its last attempt. */
  #finishCancelled(run: Run, reason: CancelReason, report: RunReport): void {
    if (reason === 'stopping') this.#finish(run, 'failed', report)
    else this.#finish(run, 'aborted', report, reason === 'not_leader' ? 'lease_lost' : 'replaced')
  }

  #finish(run: Run, outcome: Outcome, report: RunReport, cause?: AbortCause): void {
    const { clock, events, onTicketEnded } = this.#options
    const { lane, held } = run
    const ending = held && endingOf(held, outcome, report, cause)
    if (ending?.returned !== undefined) {
      this.#giveBack(run, held!, ending.settlement, ending.returned, report)
      return
    }
    this.#leave(run)
    countEnded(run, outcome, report, clock.wallNow())
    const now = clock.now()
    judge(run, outcome, report, now, events)
    if (report.result === 'crashed') announceCutOff(events, run, report)
    announceEnded(events, run, outcome, report, cause, now)
    if (ending) onTicketEnded(run, held!, ending.settlement, report)
    this.#options.onFreed(lane)
  }

  #leave(run: Run): void {
    run.nothingNext()
    run.phase = ENDED
    run.lane.runs.delete(run)
    noteOldestRun(run.timer)
  }
}

/** Why the ticket of a run goes back whose method was not called. */
function returnReasonOf(reason: SkipReason): ReturnReason {
  return reason === 'not_leader' ? 'lock_lost' : 'stopping'
}

function invoked({ held: { delivery }, callBefore }: StartedTicket): InvokedTicket {
  return { delivery, callBefore }
}
