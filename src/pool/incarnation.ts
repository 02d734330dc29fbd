/**
 * The thread that occupies a slot now, or stands by for it, with its shared memory, its link and the runs in progress on
 * it: what is replaced as a whole when the thread has exited.
 */
import type { Invocation, RunHandle, RunReport } from '../dispatch/executor.js'
import type { Clock } from '../kernel/clock.js'
import type { ServiceDefinition } from '../kernel/definitions.js'
import { DIAGNOSTICS, type KillDiagnostic } from '../kernel/diagnostics.js'
import type { PoolTimerIndex } from '../kernel/due-tick.js'
import type { ThreadEndReason } from '../kernel/events.js'
import type { RunReply } from '../kernel/link-protocol.js'
import { formatSpan, type Micros } from '../kernel/time.js'
import { toWireError, type WireError } from '../kernel/wire-error/wire-error.js'
import { type Awaited, type Hang, HangWatch, runLimit, type ThreadWork } from './hang-watch.js'
import { HeapWatch } from './heap-watch.js'
import { Lead } from './lead.js'
import type { BatchReply, HostSetup, PrepareReply, StartReply, StopReply } from './protocol.js'
import { RunTable } from './run-table.js'
import { ThreadBlock } from './thread-block.js'
import { type LinkHandler, ThreadLink } from './thread-link.js'
import {
  type EndCause,
  errorOfExit,
  type SpawnOptions,
  type SpawnThread,
  type ThreadExit,
  type WorkerThread,
} from './worker-thread.js'

export interface IncarnationOptions extends Omit<SpawnOptions, 'entry' | 'setup'> {
  readonly spawn: SpawnThread
  readonly clock: Clock
  readonly setup: Omit<HostSetup, 'block'>
  /** Most runs of all timers of the pool that can be in progress on one thread. */
  readonly records: number
  /** A run or a call does not end: the slot is to end the thread. */
  readonly onKill: (incarnation: Incarnation) => void
  /** The thread hangs outside a run, or its heap is nearly full: the slot is to end it. */
  readonly onFault: (incarnation: Incarnation, reason: 'hung' | 'out_of_memory', cause: EndCause) => void
  readonly onLink: LinkHandler
  /** Called after the runs to which the thread has replied together. */
  readonly onRunReplied: (() => void) | undefined
}

export class Incarnation {
  readonly thread: WorkerThread
  readonly block: ThreadBlock
  readonly link: ThreadLink
  readonly runs: RunTable
  /** How early the thread is handed ticks. */
  readonly lead = new Lead()
  /** The thread's reply to `prepare`; rejects when the thread ends before it has replied. */
  readonly prepared: Promise<PrepareReply>
  /** Why the slot ends it; set before it does. */
  endCause: EndCause | undefined
  readonly #services: readonly ServiceDefinition[]
  readonly #place: Pick<HostSetup, 'pool' | 'slot'>
  #isKilled = false
  readonly #watch: HangWatch
  readonly #heapWatch: HeapWatch
  /** By timer of the pool. */
  readonly #awaitedTimers: readonly { readonly entrypoint: string; readonly limit: Micros }[]

  constructor({ spawn, clock, setup, records, onKill, onFault, onLink, onRunReplied, ...options }: IncarnationOptions) {
    const kill = () => onKill(this)
    this.#services = setup.services
    this.#place = { pool: setup.pool, slot: setup.slot }
    this.#awaitedTimers = setup.services
      .flatMap(({ timers }) => timers)
      .map((timer) => ({ entrypoint: timer.id, limit: runLimit(timer) }))
    this.block = ThreadBlock.withRecords(records)
    this.link = new ThreadLink({
      block: this.block,
      clock,
      handler: onLink,
      kill,
      onCall: ({ since, limit }) => {
        this.#watch.sent(since, limit)
        this.#heapWatch.sent()
      },
      onCallEnded: () => this.#watch.finishedOne(),
      onRunsEnded: ({ records, replies }) => this.runs.settle(records, replies),
    })
    this.#watch = new HangWatch({
      clock,
      work: threadWork(this),
      onHang: (hang) => onFault(this, 'hung', this.#causeOf(hang)),
    })
    this.#heapWatch = new HeapWatch({
      clock,
      isInFlight: () => !this.isAtRest,
      ask: async () => (await this.thread.heapShare()) ?? this.block.heapShare,
      onFull: (share) => onFault(this, 'out_of_memory', { error: heapError(share) }),
    })
    const far = this.link.farEnd
    try {
      const [thread, prepared] = spawn<PrepareReply>(
        { ...options, entry: 'host', setup: { ...setup, block: this.block.buffer } },
        { kind: 'prepare', link: far },
        [far],
      )
      this.thread = thread
      this.prepared = prepared
    } catch (error) {
      this.link.end(toWireError(error))
      throw error
    }
    // Prevents an unhandled rejection while nobody waits for a standby thread.
    this.prepared.catch(() => {})
    this.runs = new RunTable({
      block: this.block,
      records,
      threadId: this.thread.threadId,
      clock,
      send: (request) => this.thread.request<RunReply | BatchReply>(request),
      sendAbort: (record) => void this.thread.request({ kind: 'abort', record }).catch(() => {}),
      kill,
      onGated: (margin) => this.lead.reached(margin),
      onReplied: () => {
        if (!this.isAtRest) this.#watch.finishedOne()
        onRunReplied?.()
      },
    })
  }

  /** Names of the services of the thread. */
  get services(): readonly string[] {
    return this.#services.map(({ name }) => name)
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

  /** What is awaited of the thread, for more than half of its limit: a sentence; undefined when nothing is. */
  get suspicion(): string | undefined {
    const hang = this.#watch.suspicion
    return hang && this.#describe(hang)
  }

  /** What is to be done on the thread and has not begun, or has not been reported. */
  *awaited(): Iterable<Awaited> {
    // Until then the thread was at work, also when this thread has not read its report.
    const { lastEnd } = this.runs
    for (const { timer, awaitedSince } of this.runs.awaited()) {
      yield { ...this.#awaitedTimers[timer]!, since: Math.max(awaitedSince, lastEnd) }
    }
    yield* this.link.awaited
  }

  run(timer: PoolTimerIndex, invocation: Invocation, done: (report: RunReport) => void): RunHandle {
    const run = this.runs.handOver(timer, invocation, done)
    this.#heapWatch.sent()
    this.#watch.sent(run.beginsAt, this.#awaitedTimers[timer]!.limit)
    return run
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

  /** Ends the thread, whatever it is doing. The first cause is the one that is told with its exit. */
  terminate(reason: ThreadEndReason, cause?: EndCause): Promise<ThreadExit> {
    this.endCause ??= cause
    this.#tellOfKill(reason)
    this.runs.close()
    this.#watch.end()
    this.#heapWatch.end()
    return this.thread.terminate(reason)
  }

  /** Publishes once that the thread is ended with what runs on it. */
  #tellOfKill(reason: ThreadEndReason): void {
    const isKill = reason === 'killed' || reason === 'hung' || reason === 'out_of_memory'
    if (!isKill || this.#isKilled) return
    this.#isKilled = true
    if (!DIAGNOSTICS.kill.hasSubscribers) return
    const { threadId } = this.thread
    const message: KillDiagnostic = { ...this.#place, services: this.services, threadId, reason }
    DIAGNOSTICS.kill.publish(message)
  }

  /** The exit of the thread, with why it was ended. */
  explain(exit: ThreadExit): ThreadExit {
    return { ...this.endCause, ...exit }
  }

  /** The thread has exited: reports its calls and runs. */
  end(exit: ThreadExit): void {
    this.#watch.end()
    this.#heapWatch.end()
    const { calls } = this.link
    this.link.end(errorOfExit(exit))
    this.runs.end(exit, calls)
  }

  #causeOf(hang: Hang): EndCause {
    const { lastEntered } = this
    const error = { name: 'ThreadHungError', message: this.#describe(hang) }
    return { error, ...(lastEntered !== undefined && { lastEntered }) }
  }

  #describe({ entrypoint, waited }: Hang): string {
    const { lastEntered } = this
    const last = lastEntered === undefined ? 'no method has been entered on it yet' : `last entered was ${lastEntered}`
    return `the thread hangs outside a run: ${entrypoint} has waited ${formatSpan(waited)} for it while nothing else was in progress (${last})`
  }

  /** Id of the entrypoint whose method was entered last on the thread. */
  get lastEntered(): string | undefined {
    const last = this.block.lastEntered
    if (!last) return undefined
    const ids = this.#services.flatMap(({ timers, rpcs }) =>
      (last.kind === 'timer' ? timers : rpcs).map(({ id }) => id),
    )
    return ids[last.index]
  }
}

function heapError(share: number): WireError {
  const percent = Math.round(share * 100)
  return {
    name: 'HeapLimitError',
    message: `the heap of the thread is ${percent} % full: it was killed before it could take the process down (resourceLimits sets the limit)`,
  }
}

/** What the hang watch looks at. */
function threadWork(incarnation: Incarnation): ThreadWork {
  return {
    get isInProgress() {
      return incarnation.runs.isInsideRun || incarnation.link.isInsideCall
    },
    get awaited() {
      return incarnation.awaited()
    },
  }
}
