/** BullMQ's worker, used only to take jobs: by itself it runs no job, renews no lock and looks for no lapsed lock. */
import { type IQueueBackend, type JobJson, Worker, type WorkerOptions } from 'bullmq'
import type { Clock } from '../../kernel/clock.js'
import type { Micros } from '../../kernel/time.js'
import type { QueueServer } from './queue-server.js'
import { delayStrategy, type TicketJob } from './ticket-job.js'

export interface TicketWorkerOptions {
  readonly name: string
  readonly server: QueueServer
  readonly lock: Micros
  /** The least time between two looks for lapsed locks, of all instances together. */
  readonly recoverEvery: Micros
  readonly clock: Clock
}

/** A job that was handed out. */
export interface HandedOut {
  readonly job: TicketJob
  /** A moment of the monotonic clock just before the request that locked the job was sent. */
  readonly sentAt: Micros
}

/** Stands for the data of a job that are not JSON. */
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
      // BullMQ never gives up a job. The instance that takes it decides whether too many of its holders were lost.
      maxStalledCount: 2 ** 31 - 1,
      drainDelay: 5,
      settings: { backoffStrategy: delayStrategy as never },
    }
    super(name, null, options, server.backendFactory as never)
    this.#clock = clock
  }

  /** Waits for a job, for about 5 s; resolves to undefined when none comes. One call at a time. */
  async next(token: string): Promise<HandedOut | undefined> {
    const job = await this.getNextJob(token)
    return job && { job, sentAt: this.#sentAt }
  }

  /** Resolves to the job that was taken in the request of a settlement, whose answer is `answer`; to undefined when none was. */
  async broughtAlong(answer: unknown, token: string): Promise<TicketJob | undefined> {
    const [data, id] = Array.isArray(answer) ? (answer as [data?: JobJson, id?: string]) : []
    return data ? this.nextJobFromJobData(data, id, token) : undefined
  }

  protected override moveToActive(token: string, name?: string): Promise<TicketJob> {
    this.#sentAt = this.#clock.now()
    return super.moveToActive(token, name)
  }

  /** The job is locked by now. When its data cannot be read, it gets other data, so that it can be failed: otherwise it would come again. */
  protected override createJob(data: JobJson, jobId: string): TicketJob {
    try {
      return super.createJob(data, jobId)
    } catch {
      return super.createJob({ ...data, data: JSON.stringify(UNREADABLE), opts: {} } as JobJson, jobId)
    }
  }
}
