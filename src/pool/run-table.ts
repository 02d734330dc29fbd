/**
 * The runs that one thread has been handed and has not finished, each in a record of the memory shared with the thread.
 *
 *   free record -- handOver --> run in progress -- the thread replies --> reported, its record is free again
 *                                               -- the thread exits ----> reported as crashed
 *
 * 1. A run is reported exactly once, and not while its method may still be running.
 * 2. A record is not reused before its run has been reported.
 * 3. An exit is charged to one run at the most.
 */
import type { Invocation, RunHandle, RunReport } from '../dispatch/executor.js'
import type { Clock } from '../kernel/clock.js'
import type { PoolTimerIndex } from '../kernel/due-tick.js'
import { reachStage } from '../kernel/stages.js'
import type { Micros } from '../kernel/time.js'
import type { AbortCause } from '../kernel/vocabulary.js'
import type { WireError } from '../kernel/wire-error/wire-error.js'
import { RUN_ENDINGS, type RunEnding, type RunReply } from './protocol.js'
import type { ThreadBlock } from './thread-block.js'
import { errorOfExit, type ThreadExit } from './worker-thread.js'

export interface RunTableOptions {
  readonly block: ThreadBlock
  /** Most runs that can be in progress at once. */
  readonly records: number
  readonly threadId: number
  readonly clock: Pick<Clock, 'now'>
  /** Sends the thread the number of a record; rejects when the thread ends before it has replied. */
  readonly send: (record: number) => Promise<RunReply>
  /** Brings the abort that stands in a record to the signal of its run. */
  readonly sendAbort: (record: number) => void
  /** Ends the thread, for a run that does not end. */
  readonly kill: () => void
  /** A run that was handed over early, while no other was in progress, reached the gate `margin` before it was due. */
  readonly onGated?: ((margin: Micros) => void) | undefined
  /** Called after the report of each run to which the thread has replied. */
  readonly onReplied?: (() => void) | undefined
}

export class RunTable {
  readonly #options: RunTableOptions
  readonly #freeRecords: number[]
  /** In the order in which they were handed over. */
  readonly #runs = new Set<RunInFlight>()
  #replies = 0
  /** Until this moment every run in progress waits in the gate, or behind one that does. */
  #gatedUntil: Micros = Number.NEGATIVE_INFINITY

  constructor(options: RunTableOptions) {
    this.#options = options
    this.#freeRecords = Array.from({ length: options.records }, (_, record) => record)
  }

  /** Runs in progress. */
  get size(): number {
    return this.#runs.size
  }

  /** Runs to which the thread has replied, since it started. */
  get replies(): number {
    return this.#replies
  }

  /** No run is in progress, or all of them are still held in the gate. */
  isGated(now: Micros): boolean {
    return this.#runs.size === 0 || now < this.#gatedUntil
  }

  /** The method of a run has been entered and has not ended. */
  get isInsideRun(): boolean {
    for (const run of this.#runs) if (run.isInside) return true
    return false
  }

  /** Runs that the thread is to begin, or whose method has ended and whose report has not come. Oldest first. */
  *awaited(): Iterable<RunInFlight> {
    for (const run of this.#runs) if (!run.isInside) yield run
  }

  /** Hands a run to the thread. `done` is called once, later, when the run has really ended. */
  handOver(timer: PoolTimerIndex, invocation: Invocation, done: (report: RunReport) => void): RunInFlight {
    const { block, clock, send } = this.#options
    const { tick, attempt, early } = invocation
    const beginsAt = early ? tick.dueMono : clock.now()
    const isGatedAlone = early && this.#runs.size === 0
    const run = new RunInFlight(this.#freeRecords.pop()!, timer, beginsAt, isGatedAlone, this.#options, done)
    block.writeRun(run.record, timer, tick, attempt, early)
    if (early) this.#gatedUntil = tick.dueMono
    else if (this.#runs.size === 0) this.#gatedUntil = Number.NEGATIVE_INFINITY
    this.#runs.add(run)
    reachStage('sending', tick.dueMono, clock)
    send(run.record).then((reply) => this.#settle(run, reply), leaveToExit)
    reachStage('sent', tick.dueMono, clock)
    return run
  }

  #settle(run: RunInFlight, reply: RunReply): void {
    // It has been reported already when the thread was declared ended: the test kit cannot end one for real.
    if (!this.#runs.delete(run)) return
    this.#freeRecords.push(run.record)
    this.#replies++
    if (run.isGatedAlone) this.#tellMargin(run)
    run.done(run.reportOf(reply))
    this.#options.onReplied?.()
  }

  #tellMargin({ record, beginsAt }: RunInFlight): void {
    const { block, onGated } = this.#options
    const reachedAt = block.reachedAt(record)
    if (reachedAt !== undefined) onGated?.(beginsAt - reachedAt)
  }

  /** The thread has exited: reports its runs. `calls`: how many calls of other services it was serving. */
  end(exit: ThreadExit, calls: number): void {
    const wasEndedByMainThread = exit.reason === 'killed' || exit.reason === 'hung' || exit.reason === 'stopped'
    const culprit = wasEndedByMainThread ? undefined : this.#culprit(calls)
    for (const run of [...this.#runs]) {
      this.#runs.delete(run)
      run.done(run.reportOfExit(exit, run === culprit))
    }
  }

  /**
   * The run that was on the processor: the only one that had begun, or that of the method which was entered last. Undefined
   * when that was the method of a call.
   */
  #culprit(calls: number): RunInFlight | undefined {
    const begun = [...this.#runs].filter((run) => run.hasStarted)
    if (begun.length === 1 && calls === 0) return begun[0]
    const last = this.#options.block.lastEntered
    return last?.kind === 'timer' ? begun.find((run) => run.timer === last.index) : undefined
  }
}

/** The thread is ending: {@link RunTable.end} reports the run when the thread has exited. */
function leaveToExit(): void {}

/** One run in progress: the handle that the dispatcher holds. */
export class RunInFlight implements RunHandle {
  readonly record: number
  readonly timer: PoolTimerIndex
  /** When it can begin: when it was handed over, or is due, for one that the gate holds. */
  readonly beginsAt: Micros
  /** It was handed over early, and no other run was in progress then. */
  readonly isGatedAlone: boolean
  readonly done: (report: RunReport) => void
  readonly #thread: RunTableOptions

  constructor(
    record: number,
    timer: PoolTimerIndex,
    beginsAt: Micros,
    isGatedAlone: boolean,
    thread: RunTableOptions,
    done: (report: RunReport) => void,
  ) {
    this.record = record
    this.timer = timer
    this.beginsAt = beginsAt
    this.isGatedAlone = isGatedAlone
    this.#thread = thread
    this.done = done
  }

  get hasStarted(): boolean {
    return this.#thread.block.hasStarted(this.record)
  }

  get hasReturned(): boolean {
    return this.#thread.block.endedAt(this.record) !== undefined
  }

  /** The method has been entered and has not ended. */
  get isInside(): boolean {
    return this.hasStarted && !this.hasReturned
  }

  /** Since when the thread is to begin it, or to report it when its method has ended. */
  get awaitedSince(): Micros {
    return this.#thread.block.endedAt(this.record) ?? this.beginsAt
  }

  get startedAt(): Micros | undefined {
    return this.#thread.block.startedAt(this.record)
  }

  cancel(): boolean {
    return this.#thread.block.cancel(this.record)
  }

  /** At once in shared memory, and through the signal of the run when the thread reads its messages. */
  abort(cause: AbortCause): void {
    this.#thread.block.abort(this.record, cause)
    this.#thread.sendAbort(this.record)
  }

  kill(): void {
    this.#thread.kill()
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
    const { block, threadId } = this.#thread
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
