/**
 * What ends runs that do not end by themselves.
 *
 *     begun --- timeout ---> told to stop --- abortGrace ---> its thread is killed --- exit seen ---> ended
 *                            (abort word and signal)
 *
 * A run has ended when its thread says so, or has exited: nothing here frees a lane.
 */
import type { Clock } from '../kernel/clock.js'
import type { Events } from '../kernel/events.js'
import type { AbortCause } from '../kernel/vocabulary.js'
import { type Run, timerEvent } from './lane.js'

export class RunControl {
  readonly #clock: Clock
  readonly #events: Events

  constructor(clock: Clock, events: Events) {
    this.#clock = clock
    this.#events = events
  }

  /** A run has been handed over: sees to it that it keeps its time-out, which counts from its first instruction. */
  watch(run: Run): void {
    const { timeout } = run.lane.definition
    if (timeout === undefined) return
    const look = () => {
      const startedAt = run.handle?.startedAt
      const rest = startedAt === undefined ? timeout : startedAt + timeout - this.#clock.now()
      if (rest > 0) run.next(this.#clock.after(rest, look))
      else this.abort(run, 'timeout')
    }
    run.next(this.#clock.after(Math.max(0, run.tick.dueMono - this.#clock.now()) + timeout, look))
  }

  /** Tells a run to stop, and kills its thread if it has not by the end of its grace. */
  abort(run: Run, cause: AbortCause): void {
    const { handle, lane } = run
    if (!handle || run.abortedFor) return
    run.abortedFor = cause
    handle.abort(cause)
    run.next(this.#clock.after(lane.definition.abortGrace, () => handle.kill()))
    this.#events.emit('run.aborting', { ...timerEvent(lane), sequence: run.tick.sequence, cause })
  }

  /** Waits for no grace. */
  kill(run: Run): void {
    this.abort(run, 'stopping')
    run.next(undefined)
    run.handle?.kill()
  }
}
