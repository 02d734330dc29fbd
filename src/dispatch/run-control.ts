/**
 * Ends runs that do not end by themselves.
 *
 *     begun --- timeout ---> aborted --- abortGrace ---> its thread is killed --- exit seen ---> ended
 *                            (abort word and signal)
 *
 * A run has ended when its thread reports it or has exited. Nothing in this file frees a lane.
 */
import type { Clock } from '../kernel/clock.js'
import type { Events } from '../kernel/events.js'
import type { AbortCause } from '../kernel/vocabulary.js'
import { countAbort } from './count-run.js'
import { type Run, timerEvent } from './lane.js'

export class RunControl {
  readonly #clock: Clock
  readonly #events: Events

  constructor(clock: Clock, events: Events) {
    this.#clock = clock
    this.#events = events
  }

  /**
   * Enforces the time-out of a run that has been handed over. The time-out counts from the call of the method, and does not apply
   * to the time between its end and the report.
   */
  watch(run: Run): void {
    const { timeout } = run.lane.definition
    if (timeout === undefined) return
    const look = () => {
      if (run.handle?.hasReturned) return
      const startedAt = run.handle?.startedAt
      const rest = startedAt === undefined ? timeout : startedAt + timeout - this.#clock.now()
      if (rest > 0) run.next(this.#clock.after(rest, look))
      else this.abort(run, 'timeout')
    }
    run.next(this.#clock.after(Math.max(0, run.tick.dueMono - this.#clock.now()) + timeout, look))
  }

  /** Aborts a run that is on a thread, and kills the thread if the run has not ended at the end of its grace. */
  abort(run: Run, cause: AbortCause): void {
    if (run.phase.name !== 'attempting') return
    const { handle, previous } = run.phase
    run.phase = { name: 'aborting', handle, previous, cause }
    handle.abort(cause)
    const kill = () => {
      // A method that has returned keeps nothing from ending: its thread may have begun the next run.
      if (!handle.hasReturned) handle.kill()
    }
    run.next(this.#clock.after(run.lane.definition.abortGrace, kill))
    countAbort(run, cause)
    this.#events.emit('run.aborting', { ...timerEvent(run.timer), sequence: run.tick.sequence, cause })
  }

  /** Kills the thread of a run at once. */
  kill(run: Run): void {
    this.abort(run, 'stopping')
    run.nothingNext()
    run.handle?.kill()
  }
}
