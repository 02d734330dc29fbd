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

  /** Tells a run to stop, and kills its thread if it has not by the end of its grace. Only an attempt on a thread is told. */
  abort(run: Run, cause: AbortCause): void {
    if (run.phase.name !== 'attempting') return
    const { handle, previous } = run.phase
    run.phase = { name: 'aborting', handle, previous, cause }
    handle.abort(cause)
    run.next(this.#clock.after(run.lane.definition.abortGrace, () => handle.kill()))
    this.#events.emit('run.aborting', { ...timerEvent(run.timer), sequence: run.tick.sequence, cause })
  }

  /** Kills the thread of a run without any grace. */
  kill(run: Run): void {
    this.abort(run, 'stopping')
    run.nothingNext()
    run.handle?.kill()
  }
}
