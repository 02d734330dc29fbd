/** A run on a thread: the handle the dispatcher holds, and what turns the thread's reply, or its end, into a report. */
import type { RunHandle, RunReport } from '../dispatch/executor.js'
import type { Micros } from '../kernel/time.js'
import type { AbortCause } from '../kernel/vocabulary.js'
import type { WireError } from '../kernel/wire-error.js'
import { RUN_RESULTS, type RunReply, type RunResult } from './protocol.js'
import type { ThreadExit } from './thread.js'
import type { ThreadBlock } from './thread-block.js'

/** What a run is on. */
export interface RunHost {
  readonly block: ThreadBlock
  readonly threadId: number
  abort(slot: number, cause: AbortCause): void
  kill(): void
}

export class RunInFlight implements RunHandle {
  readonly slot: number
  /** Index of its timer among those of the pool. */
  readonly timer: number
  /** Called once, when the run has really ended. */
  readonly done: (report: RunReport) => void
  readonly #host: RunHost

  constructor(slot: number, timer: number, host: RunHost, done: (report: RunReport) => void) {
    this.slot = slot
    this.timer = timer
    this.#host = host
    this.done = done
  }

  get hasBegun(): boolean {
    return this.#host.block.hasBegun(this.slot)
  }

  get hasLeft(): boolean {
    return this.#host.block.endedAt(this.slot) !== undefined
  }

  get startedAt(): Micros | undefined {
    return this.#host.block.startedAt(this.slot)
  }

  callOff(): boolean {
    return this.#host.block.callOff(this.slot)
  }

  abort(cause: AbortCause): void {
    this.#host.abort(this.slot, cause)
  }

  kill(): void {
    this.#host.kill()
  }

  reportOf(reply: RunReply): RunReport {
    return typeof reply === 'number'
      ? this.#report(RUN_RESULTS[reply]!, undefined, false)
      : this.#report(RUN_RESULTS[reply.result]!, reply.error, false)
  }

  /** The thread has exited, and the run with it. */
  reportOfExit(exit: ThreadExit, isBlamed: boolean): RunReport {
    return this.#report('crashed', errorOfExit(exit), isBlamed)
  }

  #report(result: RunResult, error: WireError | undefined, isBlamed: boolean): RunReport {
    const { slot } = this
    const { block, threadId } = this.#host
    return {
      result,
      startedAt: block.startedAt(slot),
      endedAt: block.endedAt(slot),
      error,
      isBlamed,
      nextInterval: block.nextInterval(slot),
      threadId,
    }
  }
}

/** What was uncaught in the thread, or that it just ended. */
export function errorOfExit({ reason, exitCode, error }: ThreadExit): WireError {
  return error ?? { name: 'ThreadExit', message: `the thread ended (${reason}, exit code ${exitCode})` }
}
