/**
 * One worker thread, from its start to its exit, in a Piscina of its own. The only user of Piscina.
 *
 * Each thread has a Piscina with a single worker, because what we promise is about single threads and Piscina
 * (5.3) decides about whole pools: it replaces a dead worker at once (we back off), never again after one died while
 * starting (we keep trying), settles a task before its worker has exited (we wait for the exit), and picks the worker
 * itself (an instance has an address). `minThreads: 0` keeps it from replacing anything behind our back.
 *
 * `atomics: 'async'`: with the default a worker parks in `Atomics.wait` between tasks, which freezes the sockets, timers
 * and log transports of the service; `'disabled'` costs the main thread a third more for each run (benchmarks/dispatch.ts).
 */
import { fileURLToPath } from 'node:url'
import type { HeapInfo } from 'node:v8'
import type { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { InternalError } from '../kernel/errors.js'
import type { ThreadEndReason } from '../kernel/events.js'
import { toWireError } from '../kernel/wire-error/wire-error.js'
import type { ThreadReply, ThreadRequest } from './protocol.js'
import type { SpawnThread, ThreadExit, WorkerThread } from './worker-thread.js'

/** Enough that Piscina never queues: what may run at once is decided in the lanes. */
const UNLIMITED_TASKS = 1_000_000

export const spawnThread: SpawnThread = <Reply extends ThreadReply>(
  ...[options, first, transfer = []]: Parameters<SpawnThread>
) => {
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
  // The first task makes Piscina start its worker.
  const reply = piscina.run(first, { transferList: [...transfer] }) as Promise<Reply>
  const worker = piscina.threads[0]
  if (!worker) throw new InternalError('the pool did not start a thread')
  return [new PiscinaThread(piscina, worker), reply]
}

/** From Node 22.16 on. It also answers while the thread computes. */
type AskableWorker = Worker & { getHeapStatistics?(): Promise<HeapInfo> }

class PiscinaThread implements WorkerThread {
  readonly threadId: number
  readonly exited: Promise<ThreadExit>
  readonly #piscina: Piscina<ThreadRequest, ThreadReply>
  readonly #worker: Worker
  /** The thread has exited, and its Piscina holds nothing any more. */
  readonly #released: Promise<void>
  #endReason: ThreadEndReason | undefined
  #uncaught: unknown

  constructor(piscina: Piscina<ThreadRequest, ThreadReply>, worker: Worker) {
    this.#piscina = piscina
    this.#worker = worker
    this.threadId = worker.threadId
    worker.once('error', (error) => {
      this.#uncaught = error
    })
    this.exited = new Promise((resolve) => {
      worker.once('exit', (exitCode) => resolve(this.#describeExit(exitCode)))
    })
    this.#released = this.exited.then(() => piscina.destroy())
    // Piscina reports the same end once more, as an event; the exit listener above is the one that counts.
    piscina.on('error', () => {})
  }

  request<Reply extends ThreadReply>(request: ThreadRequest): Promise<Reply> {
    return this.#piscina.run(request) as Promise<Reply>
  }

  async heapShare(): Promise<number | undefined> {
    try {
      const { used_heap_size, heap_size_limit } = (await (this.#worker as AskableWorker).getHeapStatistics?.()) ?? {}
      return used_heap_size && heap_size_limit ? used_heap_size / heap_size_limit : undefined
    } catch {
      // It has exited meanwhile.
      return undefined
    }
  }

  async terminate(reason: ThreadEndReason): Promise<ThreadExit> {
    this.#endReason ??= reason
    void this.#worker.terminate()
    await this.#released
    return this.exited
  }

  #describeExit(exitCode: number): ThreadExit {
    const error = this.#uncaught === undefined ? undefined : toWireError(this.#uncaught)
    const reason: ThreadEndReason =
      this.#endReason ??
      (error?.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'out_of_memory' : error === undefined ? 'exited' : 'error')
    return { reason, exitCode, threadId: this.threadId, ...(error && { error }) }
  }
}
