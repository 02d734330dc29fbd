/** A run on a thread: the handle the dispatcher holds, and what turns the thread's reply, or its end, into a report. */
import type { RunHandle, RunReport } from '../dispatch/executor.js'
import type { AbortCause } from '../kernel/vocabulary.js'
import type { WireError } from '../kernel/wire-error.js'
import { RUN_RESULTS, type RunReply, type RunResult } from './protocol.js'
import type { ThreadExit } from './thread.js'
import type { ThreadBlock } from './thread-block.js'

export class RunInFlight implements RunHandle {
  readonly slot: number
  readonly #block: ThreadBlock
  readonly #threadId: number

  constructor(slot: number, block: ThreadBlock, threadId: number) {
    this.slot = slot
    this.#block = block
    this.#threadId = threadId
  }

  get hasBegun(): boolean {
    return this.#block.hasBegun(this.slot)
  }

  callOff(): boolean {
    return this.#block.callOff(this.slot)
  }

  abort(cause: AbortCause): void {
    this.#block.abort(this.slot, cause)
  }

  reportOf(reply: RunReply): RunReport {
    return typeof reply === 'number'
      ? this.#report(RUN_RESULTS[reply]!, undefined)
      : this.#report(RUN_RESULTS[reply.result]!, reply.error)
  }

  /** The thread has exited, and the run with it. */
  reportOfExit({ reason, exitCode, error }: ThreadExit): RunReport {
    return this.#report(
      reason === 'killed' ? 'aborted' : 'crashed',
      error ?? { name: 'ThreadExit', message: `the thread ended (${reason}, exit code ${exitCode})` },
    )
  }

  #report(result: RunResult, error: WireError | undefined): RunReport {
    const { slot } = this
    const block = this.#block
    return {
      result,
      startedAt: block.startedAt(slot),
      endedAt: block.endedAt(slot),
      error,
      nextInterval: block.nextInterval(slot),
      threadId: this.#threadId,
    }
  }
}
