/**
 * The runs that one thread has been handed and has not finished, each in a record of the memory shared with the thread.
 *
 *   free record -- handOver --> run in progress -- the thread replies --> reported, its record is free again
 *                                               -- the thread exits ----> reported as crashed
 *
 * 1. A run is reported exactly once, and not while its method may still be running.
 * 2. A record is not reused before its run has been reported.
 * 3. An exit is charged to one run at the most, and to none whose ending stands in its record.
 */
import type { Invocation, RunHandle, RunReport } from '../dispatch/executor.js'
import type { Clock } from '../kernel/clock.js'
import type { PoolTimerIndex } from '../kernel/due-tick.js'
import type { RunReply } from '../kernel/link-protocol.js'
import { SmallSet } from '../kernel/small-set.js'
import { reachStage } from '../kernel/stages.js'
import type { Micros } from '../kernel/time.js'
import type { AbortCause } from '../kernel/vocabulary.js'
import type { WireError } from '../kernel/wire-error/wire-error.js'
import { Outbox } from './outbox.js'
import { type BatchReply, ON_LINK, RUN_ENDINGS, type RunEnding, type RunRequest } from './protocol.js'
import type { ThreadBlock } from './thread-block.js'
import { errorOfExit, type ThreadExit } from './worker-thread.js'

export interface RunTableOptions {
  readonly block: ThreadBlock
  /** Most runs that can be in progress at once. */
  readonly records: number
  readonly threadId: number
  readonly clock: Pick<Clock, 'now'>
  /** Sends the thread the number of a record, or several; rejects when the thread ends before it has replied. */
  readonly send: (request: RunRequest) => Promise<RunReply | BatchReply>
  /** Brings the abort that stands in a record to the signal of its run. */
  readonly sendAbort: (record: number) => void
  /** Ends the thread, for a run that does not end. */
  readonly kill: () => void
  /** A run that was handed over early, while no other was in progress, reached the gate `margin` before it was due. */
  readonly onGated?: ((margin: Micros) => void) | undefined
  /** Called after the reports of the runs to which the thread has replied together. */
  readonly onReplied?: (() => void) | undefined
}

export class RunTable {
  readonly #options: RunTableOptions
  readonly #freeRecords: number[]
  /** In the order in which they were handed over. */
  readonly #runs = new SmallSet<RunInFlight>()
  /** The run in progress in each record. */
  readonly #inRecord: (RunInFlight | undefined)[]
  readonly #outbox = new Outbox((records) => this.#send(records))
  #replies = 0
  /** Until this moment every run in progress waits in the gate, or behind one that does. */
  #gatedUntil: Micros = Number.NEGATIVE_INFINITY

  constructor(options: RunTableOptions) {
    this.#options = options
    this.#freeRecords = Array.from({ length: options.records }, (_, record) => record)
    this.#inRecord = new Array(options.records).fill(undefined)
  }

  /** Runs in progress. */
  get size(): number {
    return this.#runs.size
  }

  /** No run is in progress but such as were cancelled before they began, which the thread has not confirmed. */
  get isQuiet(): boolean {
    for (const run of this.#runs) if (!run.isCancelled) return false
    return true
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

  /** When the last of the methods ended whose reports have not come; minus infinity when there is none. */
  get lastEnd(): Micros {
    let last = Number.NEGATIVE_INFINITY
    for (const { record } of this.#runs) last = Math.max(last, this.#options.block.endedAt(record) ?? last)
    return last
  }

  /** Hands a run to the thread. `done` is called once, later, when the run has really ended. */
  handOver(timer: PoolTimerIndex, invocation: Invocation, done: (report: RunReport) => void): RunInFlight {
    const { block, clock } = this.#options
    const { tick, attempt, early, ticket } = invocation
    const beginsAt = early ? tick.dueMono : clock.now()
    const isGatedAlone = early && this.#runs.size === 0
    const run = new RunInFlight(this.#freeRecords.pop()!, timer, beginsAt, isGatedAlone, this.#options, done)
    block.writeRun(run.record, timer, tick, attempt, early, ticket?.delivery)
    if (ticket) block.holds.write(run.record, ticket.callBefore)
    if (early) this.#gatedUntil = tick.dueMono
    else if (this.#runs.size === 0) this.#gatedUntil = Number.NEGATIVE_INFINITY
    this.#runs.add(run)
    this.#inRecord[run.record] = run
    this.#outbox.add(run.record)
    return run
  }

  #send(records: readonly number[]): void {
    const { block, clock, send } = this.#options
    for (const record of records) reachStage('sending', block.dueOf(record), clock)
    const [only] = records
    if (records.length === 1) send(only!).then((reply) => this.settle(records, [reply as RunReply]), leaveToExit)
    else send(records).then((replies) => this.settle(records, replies as BatchReply), leaveToExit)
    for (const record of records) reachStage('sent', block.dueOf(record), clock)
  }

  /** The thread has replied to the runs in these records, except for those whose replies come on the link. */
  settle(records: readonly number[], replies: BatchReply): void {
    const before = this.#replies
    for (const [place, reply] of replies.entries()) {
      if (reply !== ON_LINK) this.#settleOne(records[place]!, reply)
    }
    if (this.#replies > before) this.#options.onReplied?.()
  }

  #settleOne(record: number, reply: RunReply): void {
    const run = this.#inRecord[record]
    // It has been reported already when the thread was declared ended: the test kit cannot end one for real.
    if (!run || !this.#runs.delete(run)) return
    this.#inRecord[record] = undefined
    this.#freeRecords.push(record)
    this.#replies++
    if (run.isGatedAlone) this.#tellMargin(run)
    run.done(run.reportOf(reply))
  }

  #tellMargin({ record, beginsAt }: RunInFlight): void {
    const { block, onGated } = this.#options
    const reachedAt = block.reachedAt(record)
    if (reachedAt !== undefined) onGated?.(beginsAt - reachedAt)
  }

  /** The thread is being ended: nothing more is sent to it. */
  close(): void {
    this.#outbox.end()
  }

  /** The thread has exited: reports its runs. `calls`: how many calls of other services it was serving. */
  end(exit: ThreadExit, calls: number): void {
    this.close()
    const wasEndedByMainThread = exit.reason === 'killed' || exit.reason === 'hung' || exit.reason === 'stopped'
    const culprit = wasEndedByMainThread ? undefined : this.#culprit(calls)
    for (const run of [...this.#runs]) {
      this.#runs.delete(run)
      run.done(run.reportUnread() ?? run.reportOfExit(exit, run === culprit))
    }
  }

  /**
   * The run that was on the processor: the only one that had begun, or that of the method which was entered last. Undefined
   * when that was the method of a call.
   */
  #culprit(calls: number): RunInFlight | undefined {
    const begun = [...this.#runs].filter((run) => run.hasStarted && run.reportUnread() === undefined)
    if (begun.length === 1 && calls === 0) return begun[0]
    const last = this.#options.block.lastEntered
    return last?.kind === 'timer' ? begun.find((run) => run.timer === last.index) : undefined
  }
}

/** The thread is ending: {@link RunTable.end} reports the run when the thread has exited. */
function leaveToExit(): void {}

const ERROR_LOST: WireError = {
  name: 'ThreadExit',
  message: 'the method failed, and the thread ended before it could say with what error',
}

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

  mayCallBefore(moment: Micros): void {
    this.#thread.block.holds.write(this.record, moment)
  }

  /** Its method has not been called and never will be. */
  get isCancelled(): boolean {
    return !this.#thread.block.isWanted(this.record)
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

  /** Its report when it had ended and its reply has not come; undefined when it had not ended. */
  reportUnread(): RunReport | undefined {
    const ending = this.#thread.block.endingOf(this.record)
    if (ending === undefined) return undefined
    const result = RUN_ENDINGS[ending]!
    return this.#report(result, result === 'failed' ? ERROR_LOST : undefined, false)
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
      isSynchronous: block.isSynchronous(record),
      error,
      isBlamed,
      nextInterval: block.nextInterval(record),
      threadId,
    }
  }
}
