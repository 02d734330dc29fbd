/** A run on a thread: the handle the dispatcher holds, and what turns the thread's reply, or its end, into a report. */
import type { RunHandle, RunReport } from '../dispatch/executor.js'
import type { Micros } from '../kernel/time.js'
import type { AbortCause } from '../kernel/vocabulary.js'
import type { WireError } from '../kernel/wire-error.js'
import type { ThreadExit } from './piscina-thread.js'
import { RUN_ENDINGS, type RunEnding, type RunReply } from './protocol.js'
import type { ThreadBlock } from './thread-block.js'

/** What a run is on. */
export interface RunHost {
  readonly block: ThreadBlock
  readonly threadId: number
  abort(record: number, cause: AbortCause): void
  kill(): void
}

export class RunInFlight implements RunHandle {
  readonly record: number
  /** Index of its timer among those of the pool. */
  readonly timer: number
  /** Called once, when the run has really ended. */
  readonly done: (report: RunReport) => void
  readonly #host: RunHost

  constructor(record: number, timer: number, host: RunHost, done: (report: RunReport) => void) {
    this.record = record
    this.timer = timer
    this.#host = host
    this.done = done
  }

  get hasStarted(): boolean {
    return this.#host.block.hasStarted(this.record)
  }

  get hasReturned(): boolean {
    return this.#host.block.endedAt(this.record) !== undefined
  }

  get startedAt(): Micros | undefined {
    return this.#host.block.startedAt(this.record)
  }

  cancel(): boolean {
    return this.#host.block.cancel(this.record)
  }

  abort(cause: AbortCause): void {
    this.#host.abort(this.record, cause)
  }

  kill(): void {
    this.#host.kill()
  }

  reportOf(reply: RunReply): RunReport {
    return typeof reply === 'number'
      ? this.#report(RUN_ENDINGS[reply]!, undefined, false)
      : this.#report(RUN_ENDINGS[reply.result]!, reply.error, false)
  }

  /** The thread has exited, and the run with it. */
  reportOfExit(exit: ThreadExit, isBlamed: boolean): RunReport {
    return this.#report('crashed', errorOfExit(exit), isBlamed)
  }

  #report(result: RunEnding, error: WireError | undefined, isBlamed: boolean): RunReport {
    const { record } = this
    const { block, threadId } = this.#host
    return {
      result,
      startedAt: block.startedAt(record),
      endedAt: block.endedAt(record),
      error,
      isBlamed,
      nextInterval: block.nextInterval(record),
      threadId,
    }
  }
}

/** What was uncaught in the thread, or that it just ended. */
export function errorOfExit({ reason, exitCode, error }: ThreadExit): WireError {
  return error ?? { name: 'ThreadExit', message: `the thread ended (${reason}, exit code ${exitCode})` }
}
