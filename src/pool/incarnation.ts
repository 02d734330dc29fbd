/**
 * One thread in a slot, with the memory it shares and the runs that are on it: what is replaced as a whole when the
 * thread has ended.
 */
import type { Invocation, RunHandle, RunReport } from '../dispatch/executor.js'
import type { Micros } from '../kernel/time.js'
import type { AbortCause } from '../kernel/vocabulary.js'
import { Thread, type ThreadExit, type ThreadOptions } from './piscina-thread.js'
import type { HostSetup, PrepareReply, RunReply, StartReply, StopReply } from './protocol.js'
import { errorOfExit, type RunHost, RunInFlight } from './run-in-flight.js'
import { ThreadBlock } from './thread-block.js'
import { type LinkHandler, ThreadLink } from './thread-link.js'

export interface IncarnationOptions extends Omit<ThreadOptions, 'entry' | 'setup'> {
  readonly setup: Omit<HostSetup, 'block'>
  /** Most runs of all timers of the pool that can be in flight on one thread. */
  readonly records: number
  /** Asked to see to it that the thread ends, by a run that does not. */
  readonly onKill: (incarnation: Incarnation) => void
  readonly onLink: LinkHandler
  /** A run has ended by itself. */
  readonly onRunEnded: (() => void) | undefined
}

/** The thread is ending: the run is reported when it has exited. */
function leaveToExit(): void {}

export class Incarnation implements RunHost {
  readonly thread: Thread
  readonly block: ThreadBlock
  readonly link: ThreadLink
  /** What the thread says of its preparations; rejects when it ends before it could say. */
  readonly prepared: Promise<PrepareReply>
  readonly #freeRecords: number[]
  readonly #runs = new Set<RunInFlight>()
  readonly #onKill: (incarnation: Incarnation) => void
  readonly #onRunEnded: (() => void) | undefined
  #runsEnded = 0
  /** Until this moment every run in flight waits in the gate, or behind one that does. */
  #gatedUntil: Micros = Number.NEGATIVE_INFINITY

  constructor({ setup, records, onKill, onLink, onRunEnded, ...options }: IncarnationOptions) {
    this.block = ThreadBlock.withRecords(records)
    this.#freeRecords = Array.from({ length: records }, (_, record) => record)
    this.#onKill = onKill
    this.#onRunEnded = onRunEnded
    this.link = new ThreadLink(this.block, onLink, () => this.kill())
    const far = this.link.farEnd
    const [thread, prepared] = Thread.spawn<PrepareReply>(
      { ...options, entry: 'host', setup: { ...setup, block: this.block.buffer } },
      { kind: 'prepare', link: far },
      [far],
    )
    this.thread = thread
    this.prepared = prepared
    // Whoever waits for it hears of its failure; a thread in reserve may have nobody who does yet.
    prepared.catch(() => {})
  }

  get threadId(): number {
    return this.thread.threadId
  }

  /** Runs that have ended on this thread. */
  get runsEnded(): number {
    return this.#runsEnded
  }

  get inFlight(): number {
    return this.#runs.size
  }

  /** Runs and calls that it has been handed and has not finished. */
  get load(): number {
    return this.#runs.size + this.link.calls
  }

  /** A run handed over now would reach the gate, or find only runs before it that are still held there. */
  isIdle(now: Micros): boolean {
    return this.link.calls === 0 && (this.#runs.size === 0 || now < this.#gatedUntil)
  }

  /** Nothing is being done on it. */
  get isAtRest(): boolean {
    return this.#runs.size === 0 && this.link.calls === 0
  }

  /** Hands a run to the thread. `done` is called once, when it has really ended. */
  run(timer: number, { tick, attempt, early }: Invocation, done: (report: RunReport) => void): RunHandle {
    const run = new RunInFlight(this.#freeRecords.pop()!, timer, this, done)
    this.block.writeRun(run.record, timer, tick, attempt, early)
    if (early) this.#gatedUntil = tick.dueMono
    else if (this.#runs.size === 0) this.#gatedUntil = Number.NEGATIVE_INFINITY
    this.#runs.add(run)
    this.thread.request<RunReply>(run.record).then((reply) => this.#settle(run, reply), leaveToExit)
    return run
  }

  #settle(run: RunInFlight, reply: RunReply): void {
    this.#freeRecords.push(run.record)
    this.#runs.delete(run)
    this.#runsEnded++
    run.done(run.reportOf(reply))
    this.#onRunEnded?.()
  }

  /** Tells a run to stop: at once in shared memory, and through its signal when the thread comes to it. */
  abort(record: number, cause: AbortCause): void {
    this.block.abort(record, cause)
    this.thread.request({ kind: 'abort', record }).catch(() => {})
  }

  kill(): void {
    this.#onKill(this)
  }

  /** Starts the services, once they are prepared; rejects when the thread ends before it could say. */
  async start(): Promise<StartReply> {
    const prepared = await this.prepared
    return prepared.kind === 'prepared' ? this.thread.request<StartReply>({ kind: 'start' }) : prepared
  }

  /** Asks the services to stop; undefined when the thread ends first. */
  stop(): Promise<StopReply | undefined> {
    return this.thread.request<StopReply>({ kind: 'stop' }).catch(() => undefined)
  }

  /** The thread has exited: its runs are over. A crash is charged to one of them at the most. */
  end(exit: ThreadExit): void {
    const blamed = exit.reason === 'killed' || exit.reason === 'stopped' ? undefined : this.#culprit()
    this.link.end(errorOfExit(exit))
    for (const run of [...this.#runs]) {
      this.#runs.delete(run)
      run.done(run.reportOfExit(exit, run === blamed))
    }
  }

  /**
   * The run that was on the thread: the only one that had begun, or that of the method which was entered last. Nobody when
   * that was a call from another service.
   */
  #culprit(): RunInFlight | undefined {
    const begun = [...this.#runs].filter((run) => run.hasStarted)
    if (begun.length === 1 && this.link.calls === 0) return begun[0]
    return begun.find((run) => run.timer === this.block.lastEntered)
  }
}
