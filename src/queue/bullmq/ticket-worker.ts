/** BullMQ's worker, of which only the taking of jobs is used: it runs nothing, renews nothing and looks for nothing by itself. */
import { type IQueueBackend, type JobJson, Worker, type WorkerOptions } from 'bullmq'
import type { Clock } from '../../kernel/clock.js'
import type { Micros } from '../../kernel/time.js'
import type { QueueServer } from './queue-server.js'
import { delayStrategy, type TicketJob } from './ticket-job.js'

export interface TicketWorkerOptions {
  readonly name: string
  readonly server: QueueServer
  readonly lock: Micros
  /** Time between two looks for lapsed locks, of all instances together. */
  readonly recoverEvery: Micros
  readonly clock: Clock
}

/** Handed out, with the moment before the request that locked it. */
export interface HandedOut {
  readonly job: TicketJob
  readonly sentAt: Micros
}

/** The data of a job that cannot be read. */
const UNREADABLE = 'unreadable'

export class TicketWorker extends Worker<unknown, unknown, string, IQueueBackend> {
  readonly #clock: Clock
  #sentAt: Micros = 0

  constructor({ name, server, lock, recoverEvery, clock }: TicketWorkerOptions) {
    const options: WorkerOptions = {
      connection: server.connection,
      autorun: false,
      skipLockRenewal: true,
      skipStalledCheck: true,
      skipVersionCheck: true,
      lockDuration: Math.round(lock / 1_000),
      stalledInterval: Math.round(recoverEvery / 1_000),
      // Whoever takes a job decides whether it was lost too often.
      maxStalledCount: 2 ** 31 - 1,
      drainDelay: 5,
      settings: { backoffStrategy: delayStrategy as never },
    }
    super(name, null, options, server.backendFactory as never)
    this.#clock = clock
  }

  /** Waits a few seconds for a job. One call at a time. */
  async next(token: string): Promise<HandedOut | undefined> {
    const job = await this.getNextJob(token)
    return job && { job, sentAt: this.#sentAt }
  }

  /** The job that came along with the answer to a settlement. A queue without one is asked again before it is waited for. */
  async broughtAlong(answer: unknown, token: string): Promise<TicketJob | undefined> {
    const [data, id] = Array.isArray(answer) ? (answer as [data?: JobJson, id?: string]) : []
    return data ? this.nextJobFromJobData(data, id, token) : undefined
  }

  protected override moveToActive(token: string, name?: string): Promise<TicketJob> {
    this.#sentAt = this.#clock.now()
    return super.moveToActive(token, name)
  }

  /** A job is locked by now: one that cannot be read must be failed, or it would come again and again. */
  protected override createJob(data: JobJson, jobId: string): TicketJob {
    try {
      return super.createJob(data, jobId)
    } catch {
      return super.createJob({ ...data, data: JSON.stringify(UNREADABLE), opts: {} } as JobJson, jobId)
    }
  }
}
