/**
 * One worker thread, from birth to confirmed death. The only user of Piscina.
 *
 * Each thread is a Piscina of its own with a single worker, because what we promise is about single threads and Piscina
 * (5.3) decides about whole pools: it replaces a dead worker at once (we back off), never again after one died while
 * starting (we keep trying), settles a task before its worker has exited (we wait for the exit), and picks the worker
 * itself (an instance has an address). `minThreads: 0` keeps it from replacing anything behind our back.
 *
 * `atomics: 'async'`: with the default a worker parks in `Atomics.wait` between tasks, which freezes the sockets, timers
 * and log transports of the service; `'disabled'` costs the main thread a third more for each run (benchmarks/dispatch.ts).
 */
import { fileURLToPath } from 'node:url'
import type { MessagePort, Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import type { ResourceLimits } from '../kernel/definitions.js'
import { InternalError } from '../kernel/errors.js'
import type { ThreadEndReason } from '../kernel/events.js'
import { toWireError, type WireError } from '../kernel/wire-error.js'
import type { HostSetup, ThreadReply, ThreadRequest, WorkerMessage } from './protocol.js'

/** Enough that Piscina never queues: what may run at once is decided in the lanes. */
const UNLIMITED_TASKS = 1_000_000

/** The entry points in `workers/`. */
export type ThreadEntry = 'host' | 'describer' | 'config-reader'

export interface ThreadOptions {
  readonly entry: ThreadEntry
  /** `workerData` of a thread that runs services. */
  readonly setup?: HostSetup
  readonly resourceLimits?: ResourceLimits
  readonly nice?: number
  readonly onMessage?: (message: WorkerMessage) => void
}

/** How a thread ended. */
export interface ThreadExit {
  readonly reason: ThreadEndReason
  readonly exitCode: number
  readonly threadId: number
  /** What was uncaught in it, if anything. */
  readonly error?: WireError
}

export class Thread {
  /** Resolves when the thread has exited; nothing of it runs any more. */
  readonly exited: Promise<ThreadExit>
  readonly threadId: number
  readonly #piscina: Piscina<ThreadRequest, ThreadReply>
  readonly #worker: Worker
  #endReason: ThreadEndReason | undefined
  #uncaught: unknown

  private constructor(piscina: Piscina<ThreadRequest, ThreadReply>, worker: Worker) {
    this.#piscina = piscina
    this.#worker = worker
    this.threadId = worker.threadId
    worker.once('error', (error) => {
      this.#uncaught = error
    })
    this.exited = new Promise((resolve) => {
      worker.once('exit', (exitCode) => resolve(this.#describeExit(exitCode)))
    })
    // Our exit listener is the record; Piscina's own report of the same death has nobody else to go to.
    piscina.on('error', () => {})
  }

  /** Starts a thread and hands it its first request, which is answered when it is up. */
  static spawn<Reply extends ThreadReply>(
    options: ThreadOptions,
    first: ThreadRequest,
    transfer: readonly MessagePort[] = [],
  ): [Thread, Promise<Reply>] {
    const piscina = new Piscina<ThreadRequest, ThreadReply>({
      filename: fileURLToPath(new URL(`../../workers/${options.entry}.js`, import.meta.url)),
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: Number.POSITIVE_INFINITY,
      concurrentTasksPerWorker: UNLIMITED_TASKS,
      maxQueue: UNLIMITED_TASKS,
      atomics: 'async',
      recordTiming: false,
      workerData: options.setup,
      loadBalancer: (_task, workers) => workers[0] ?? null,
      ...(options.resourceLimits && { resourceLimits: options.resourceLimits }),
      ...(options.nice && { niceIncrement: options.nice }),
    })
    if (options.onMessage) piscina.on('message', options.onMessage)
    const reply = piscina.run(first, { transferList: [...transfer] }) as Promise<Reply>
    const worker = piscina.threads[0]
    if (!worker) throw new InternalError('the pool did not start a thread')
    return [new Thread(piscina, worker), reply]
  }

  /** Sends a request. Rejects only when the thread ends before it has answered: then wait for {@link exited}. */
  request<Reply extends ThreadReply>(request: ThreadRequest): Promise<Reply> {
    return this.#piscina.run(request) as Promise<Reply>
  }

  /** Ends the thread whatever it is doing, and waits until it has exited. */
  async terminate(reason: ThreadEndReason): Promise<ThreadExit> {
    this.#endReason ??= reason
    void this.#worker.terminate()
    const exit = await this.exited
    await this.#piscina.destroy()
    return exit
  }

  #describeExit(exitCode: number): ThreadExit {
    const error = this.#uncaught === undefined ? undefined : toWireError(this.#uncaught)
    const reason: ThreadEndReason =
      this.#endReason ??
      (error?.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'out_of_memory' : error === undefined ? 'exited' : 'error')
    return { reason, exitCode, threadId: this.threadId, ...(error && { error }) }
  }
}
