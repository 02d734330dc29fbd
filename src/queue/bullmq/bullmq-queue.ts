/** Keeps tickets in queues of BullMQ, on Redis or Postgres. It never uses the job schedulers of BullMQ. */
import { Job, type MinimalQueue, Queue } from 'bullmq'
import { SmallMap } from '../../kernel/small-map.js'
import type { Offered, QueueDepth, Settlement, Ticket, TicketId } from '../../kernel/ticket.js'
import type { Micros } from '../../kernel/time.js'
import { abandoned, mayBeHandedOutAgain } from '../lost-holders.js'
import {
  type DiscardedTicket,
  isLastSettlement,
  type Renewal,
  type RunQueue,
  type RunQueueOptions,
  type SettledAndTaken,
  type TakenTicket,
  type TicketLock,
} from '../run-queue.js'
import { offerTicket, type TicketQueue } from './offer.js'
import type { QueueServer } from './queue-server.js'
import { fail, isRefusal, settleJob } from './settle.js'
import { isSettledBy, readJob, type TicketJob } from './ticket-job.js'
import { firstToken, lockToken, nextToken } from './ticket-token.js'
import { type HandedOut, TicketWorker } from './ticket-worker.js'

/** The share of its length for which a holder relies on a lock: the holder's clock may run up to 1 % slower than the store's. */
const SAFETY = 0.99

/** How often, in the length of a lock, the instances together look for lapsed locks. */
const RECOVERIES_PER_LOCK = 3

/** The length of the stream in which BullMQ notes every change of a job. Escapement never reads it, so it is kept short. */
const MOST_EVENTS = 100

export class BullmqQueue implements RunQueue {
  readonly #server: QueueServer
  readonly #options: RunQueueOptions
  readonly #queues = new Map<string, TicketQueue>()
  /** By service, for the services whose tickets this instance takes, renews or settles. */
  readonly #workers = new Map<string, TicketWorker>()
  /** The jobs that this instance has taken, by token, so that a settlement need not ask the store for its job. */
  readonly #jobs = new SmallMap<string, TicketJob>()
  #isClosing = false

  constructor(server: QueueServer, options: RunQueueOptions) {
    this.#server = server
    this.#options = options
  }

  async offer(ticket: Ticket): Promise<Offered> {
    await this.#server.ready()
    return offerTicket(this.#queueOf(ticket.service), this.#server, ticket, this.#options.retain)
  }

  async take(service: string, signal: AbortSignal): Promise<TakenTicket | undefined> {
    await this.#server.ready()
    const worker = this.#workerOf(service)
    const token = firstToken()
    const next = worker.next(lockToken(token))
    const handedOut = await untilAborted(next, signal)
    if (handedOut === 'aborted') {
      void next.then((late) => this.#giveBack(service, token, late)).catch(this.#options.onError)
      return undefined
    }
    return handedOut && this.#accept(service, token, handedOut)
  }

  async renew(service: string, locks: readonly TicketLock[]): Promise<Renewal> {
    await this.#server.ready()
    const worker = this.#workerOf(service)
    const ids = locks.map(({ id }) => id)
    const tokens = locks.map(({ token }) => lockToken(token))
    const heldUntil = this.#heldUntil(this.#options.clock.now())
    const lostIds = new Set(await worker.extendJobLocks(ids, tokens, this.#lockMs))
    return { heldUntil, lost: new Set(locks.filter(({ id }) => lostIds.has(id)).map(({ token }) => token)) }
  }

  async settle(lock: TicketLock, settlement: Settlement): Promise<'accepted' | 'refused'> {
    return (await this.#settle(lock, settlement, false)).settled
  }

  settleAndTake(lock: TicketLock, settlement: Settlement): Promise<SettledAndTaken> {
    return this.#settle(lock, settlement, isLastSettlement(settlement))
  }

  async recover(service: string): Promise<void> {
    await this.#server.ready()
    if (this.#server.clockMargin > 0 && (await this.#server.check()).length > 0) return
    await this.#workerOf(service).backend.moveStalledJobsToWait()
  }

  async depth(service: string): Promise<QueueDepth> {
    await this.#server.ready()
    const { backend } = this.#queueOf(service)
    const [waiting = 0, active = 0, delayed = 0] = await backend.getCounts(['waiting', 'active', 'delayed'])
    // Newest first, on both stores.
    const [oldest] = waiting > 0 ? (await backend.getRanges(['waiting'], waiting - 1, waiting - 1)).flat() : []
    return { waiting, active, delayed, oldestDueAt: dueAtOf(oldest) }
  }

  async missing(service: string, ids: readonly TicketId[]): Promise<readonly TicketId[]> {
    await this.#server.ready()
    const { backend } = this.#queueOf(service)
    const states = await Promise.all(ids.map((id) => backend.getState(id)))
    return ids.filter((_, index) => states[index] === 'unknown')
  }

  async check(): Promise<readonly string[]> {
    await this.#server.ready()
    return this.#server.check()
  }

  async close(): Promise<void> {
    this.#isClosing = true
    // The workers first: a queue that is closed before its worker waits for the end of the worker's wait for a job, on their connection.
    await Promise.allSettled([...this.#workers.values()].map((worker) => worker.close(true)))
    await Promise.allSettled([...this.#queues.values()].map((queue) => queue.close()))
    await this.#server.close()
  }

  async #settle(lock: TicketLock, settlement: Settlement, takesNext: boolean): Promise<SettledAndTaken> {
    await this.#server.ready()
    const { service, id, token } = lock
    const job = this.#jobs.get(token) ?? (await this.#find(lock))
    // After an error the state of the job is unknown, so the next try reads the job from the store.
    this.#jobs.delete(token)
    if (!job) return { settled: 'refused', next: undefined }
    const sentAt = this.#options.clock.now()
    try {
      const answer = await settleJob(job, token, settlement, this.#lockMs, takesNext)
      const next = takesNext ? await this.#takeAlong(service, nextToken(token), answer, sentAt) : undefined
      return { settled: 'accepted', next }
    } catch (error) {
      if (!isRefusal(error)) throw error
      const now = await this.#find(lock)
      return { settled: now?.id === id && isSettledBy(token, now) ? 'accepted' : 'refused', next: undefined }
    }
  }

  /** Accepts the ticket that was taken in the request of a settlement. It never rejects: an error here says nothing about the settlement. */
  async #takeAlong(service: string, token: string, answer: unknown, sentAt: Micros): Promise<TakenTicket | undefined> {
    try {
      const job = await this.#workerOf(service).broughtAlong(answer, lockToken(token))
      return job && (await this.#accept(service, token, { job, sentAt }))
    } catch (error) {
      this.#options.onError(error as Error)
      return undefined
    }
  }

  async #accept(service: string, token: string, { job, sentAt }: HandedOut): Promise<TakenTicket | undefined> {
    const facts = readJob(service, job)
    if (typeof facts === 'string') {
      const message = `the job ${job.id} in the queue of ${service} is no ticket of this version: ${facts}`
      await this.#discard(job, token, { service, id: job.id!, entrypoint: undefined, reason: 'unreadable', message })
      return undefined
    }
    const { ticket, attempt, delivery, redelivered, lost } = facts
    if (!mayBeHandedOutAgain(ticket, lost)) {
      await this.#discard(job, token, abandoned(ticket, lost))
      return undefined
    }
    this.#jobs.add(token, job)
    return { service, id: ticket.id, token, ticket, attempt, delivery, redelivered, heldUntil: this.#heldUntil(sentAt) }
  }

  /** Returns a ticket that came after its take was aborted. While the queue is being closed its lock lapses instead. */
  async #giveBack(service: string, token: string, late: HandedOut | undefined): Promise<void> {
    if (late && !this.#isClosing) await this.settle({ service, id: late.job.id!, token }, { kind: 'returned' })
  }

  async #discard(job: TicketJob, token: string, discarded: DiscardedTicket): Promise<void> {
    await fail(job, token, discarded.message, false)
    this.#options.onDiscarded(discarded)
  }

  /** Reads a job from the store, as a job of the worker, not of the queue: only the worker has the strategy for the delays of retries. */
  async #find({ service, id }: TicketLock): Promise<TicketJob | undefined> {
    return Job.fromId(this.#workerOf(service) as MinimalQueue, id) as Promise<TicketJob | undefined>
  }

  #heldUntil(sentAt: Micros): Micros {
    return sentAt + Math.floor(this.#options.lock * SAFETY) - this.#server.clockMargin
  }

  get #lockMs(): number {
    return Math.round(this.#options.lock / 1_000)
  }

  #queueOf(service: string): TicketQueue {
    const known = this.#queues.get(service)
    if (known) return known
    const { connection, backendFactory } = this.#server
    const worker = this.#workers.get(service)
    const options = { connection, skipVersionCheck: true, streams: { events: { maxLen: MOST_EVENTS } } }
    const factory = worker ? () => worker.backend : backendFactory
    const queue: TicketQueue = new Queue(this.#nameOf(service), options, factory as never) as never
    queue.on('error', this.#options.onError)
    this.#queues.set(service, queue)
    this.#replaceUnlessReady(this.#queues, service, queue)
    return queue
  }

  #workerOf(service: string): TicketWorker {
    const known = this.#workers.get(service)
    if (known) return known
    const { lock, clock, onError } = this.#options
    const recoverEvery = Math.round(lock / RECOVERIES_PER_LOCK)
    const worker = new TicketWorker({ name: this.#nameOf(service), server: this.#server, lock, recoverEvery, clock })
    worker.on('error', onError)
    this.#workers.set(service, worker)
    this.#replaceUnlessReady(this.#workers, service, worker)
    return worker
  }

  /** On Postgres, a queue or worker that could not connect at its first try never connects. So the next request opens another one. */
  #replaceUnlessReady<Part extends Pick<TicketQueue, 'waitUntilReady' | 'close'>>(
    parts: Map<string, Part>,
    service: string,
    part: Part,
  ): void {
    part.waitUntilReady().catch((error) => {
      if (this.#isClosing) return
      if (parts.get(service) === part) parts.delete(service)
      part.close().catch(() => {})
      this.#options.onError(error)
    })
  }

  #nameOf(service: string): string {
    return `escapement.${this.#options.namespace}.${service}`
  }
}

async function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value | 'aborted'> {
  let abort = () => {}
  const aborted = new Promise<'aborted'>((resolve) => {
    abort = () => resolve('aborted')
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** When a ticket came due, in milliseconds since 1970: the end of its id says it. Undefined for an id of another form. */
function dueAtOf(id: TicketId | undefined): number | undefined {
  const micros = /@(\d+)us$/.exec(id ?? '')?.[1]
  return micros === undefined ? undefined : Number(micros) / 1_000
}
