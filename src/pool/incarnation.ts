/**
 * The thread that occupies a slot now, or is in reserve for it, with its shared memory, its link and the runs in progress on
 * it: what is replaced as a whole when the thread has exited.
 */
import type { Invocation, RunHandle, RunReport } from '../dispatch/executor.js'
import type { Clock } from '../kernel/clock.js'
import type { PoolTimerIndex } from '../kernel/due-tick.js'
import type { Micros } from '../kernel/time.js'
import type { LastEntered } from './exit-problem.js'
import { HangWatch, type Work } from './hang-watch.js'
import type { HostSetup, PrepareReply, RunReply, StartReply, StopReply } from './protocol.js'
import { RunTable } from './run-table.js'
import { ThreadBlock } from './thread-block.js'
import { type LinkHandler, ThreadLink } from './thread-link.js'
import {
  errorOfExit,
  type SpawnThread,
  type ThreadExit,
  type ThreadOptions,
  type WorkerThread,
} from './worker-thread.js'

export interface IncarnationOptions extends Omit<ThreadOptions, 'entry' | 'setup'> {
  readonly spawn: SpawnThread
  readonly setup: Omit<HostSetup, 'block'>
  /** Most runs of all timers of the pool that can be in progress on one thread. */
  readonly records: number
  /** How long a run of each timer of the pool may wait to begin while nothing else is in progress on the thread. */
  readonly beginLimits: readonly Micros[]
  readonly clock: Clock
  /** A run or a call does not end, or the thread hangs outside of them: the slot is to end the thread. */
  readonly onKill: (incarnation: Incarnation, reason: 'killed' | 'hung') => void
  readonly onLink: LinkHandler
  /** Called after each run to which the thread has replied. */
  readonly onRunReplied: (() => void) | undefined
}

/** How long a call may wait to be read while nothing else is in progress on the thread. */
const CALL_BEGIN_LIMIT: Micros = 10_000_000

const NO_WORK: Work = { kind: 'none' }
const IN_PROGRESS: Work = { kind: 'in_progress' }

export class Incarnation {
  readonly thread: WorkerThread
  readonly block: ThreadBlock
  readonly link: ThreadLink
  readonly runs: RunTable
  /** The thread's reply to `prepare`; rejects when the thread ends before it has replied. */
  readonly prepared: Promise<PrepareReply>
  readonly #hangWatch: HangWatch
  readonly #beginLimits: readonly Micros[]

  constructor(given: IncarnationOptions) {
    const { spawn, setup, records, beginLimits, clock, onKill, onLink, onRunReplied, ...options } = given
    const kill = () => onKill(this, 'killed')
    this.#beginLimits = beginLimits
    this.#hangWatch = new HangWatch({
      clock,
      shortestLimit: Math.min(CALL_BEGIN_LIMIT, ...beginLimits),
      work: () => this.#work(),
      onHang: () => onKill(this, 'hung'),
    })
    this.block = ThreadBlock.withRecords(records)
    this.link = new ThreadLink(this.block, onLink, kill, () => this.#hangWatch.handedOver())
    const far = this.link.farEnd
    const [thread, prepared] = spawn<PrepareReply>(
      { ...options, entry: 'host', setup: { ...setup, block: this.block.buffer } },
      { kind: 'prepare', link: far },
      [far],
    )
    this.thread = thread
    this.prepared = prepared
    // Prevents an unhandled rejection while nobody waits for a thread in reserve.
    prepared.catch(() => {})
    this.runs = new RunTable({
      block: this.block,
      records,
      threadId: thread.threadId,
      send: (record) => thread.request<RunReply>(record),
      sendAbort: (record) => void thread.request({ kind: 'abort', record }).catch(() => {}),
      kill,
      onReplied: onRunReplied,
    })
  }

  /** Runs and calls in progress. */
  get load(): number {
    return this.runs.size + this.link.calls
  }

  /** A run handed over now would be the next thing the thread does, or would wait in the gate. */
  isIdle(now: Micros): boolean {
    return this.link.calls === 0 && this.runs.isGated(now)
  }

  /** No run and no call is in progress. */
  get isAtRest(): boolean {
    return this.load === 0
  }

  run(timer: PoolTimerIndex, invocation: Invocation, done: (report: RunReport) => void): RunHandle {
    this.#hangWatch.handedOver()
    return this.runs.handOver(timer, invocation, done)
  }

  /** Starts the services, once they are prepared; rejects when the thread ends before it has replied. */
  async start(): Promise<StartReply> {
    const prepared = await this.prepared
    return prepared.kind === 'prepared' ? this.thread.request<StartReply>({ kind: 'start' }) : prepared
  }

  /** Asks the services to stop; undefined when the thread ends first. */
  stop(): Promise<StopReply | undefined> {
    return this.thread.request<StopReply>({ kind: 'stop' }).catch(() => undefined)
  }

  /** What the thread has to do, for the watch that notices when it hangs. */
  #work(): Work {
    const { runs, link, block } = this
    if (this.load === 0) return NO_WORK
    if (link.calls > link.callsUnread) return IN_PROGRESS
    const first = runs.firstUnbegun
    if (runs.size > 0 && !first) return IN_PROGRESS
    const progress = runs.replies + block.callsReceived
    if (!first) return { kind: 'waiting', item: 'call', progress, dueMono: 0, limit: CALL_BEGIN_LIMIT }
    return { kind: 'waiting', item: first, progress, dueMono: first.dueMono, limit: this.#beginLimits[first.timer]! }
  }

  /** Calls off the watch: the thread is being ended. */
  ending(): void {
    this.#hangWatch.stop()
  }

  /** The method that was entered last, or a call: what may have left behind that which keeps the thread. */
  get lastEntered(): LastEntered {
    const index = this.block.lastEntered
    if (index >= 0) return index
    return index === -1 ? 'nothing' : 'call'
  }

  /** The thread has exited: reports its calls and runs. */
  end(exit: ThreadExit): void {
    this.#hangWatch.stop()
    const { calls } = this.link
    this.link.end(errorOfExit(exit))
    this.runs.end(exit, calls)
  }
}
