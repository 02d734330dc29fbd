/**
 * Carries out on the store what the main thread asks for: it offers, takes and settles tickets. On its own it renews locks, recovers
 * tickets whose locks have lapsed, and reads the depth of each queue and the settings of the store.
 *
 *   Q1. The lock of a ticket is renewed three times in its length, from when the ticket is taken until its settlement is answered. A
 *       renewal is repeated until there is an answer, but no longer than until the next one.
 *   Q2. Offers are repeated until there is an answer or `giveUpAt` has passed: then the main thread no longer uses an answer.
 *   Q3. Settlements are repeated until there is an answer, but no longer than for the length of one lock after the lock has ended.
 *   Q4. Every offer and every settlement is answered once.
 *   Q5. A ticket that was taken in the request of a settlement is treated as any other, also when the answer comes late.
 */
import { setMaxListeners } from 'node:events'
import type { Clock } from '../../kernel/clock.js'
import { SmallSet } from '../../kernel/small-set.js'
import type { Settlement } from '../../kernel/ticket.js'
import type { Micros } from '../../kernel/time.js'
import { isLastSettlement, type RunQueue, type TakenTicket, type TicketLock } from '../run-queue.js'
import { Validity } from '../validity.js'
import { Asking } from './asking.js'
import { HeldLocks } from './held-locks.js'
import type { FromQueue, HeldLock, QueueSetup, ToQueue } from './protocol.js'
import { TakeLoop } from './take-loop.js'
import type { Trouble } from './trouble.js'

export interface QueueBodyOptions {
  readonly setup: Pick<QueueSetup, 'lock' | 'services' | 'validity'>
  readonly queue: RunQueue
  readonly clock: Clock
  readonly trouble: Trouble
  readonly post: (message: FromQueue) => void
}

/** How often, in the length of a lock, locks are renewed and lapsed locks are looked for. */
const PARTS_OF_LOCK = 3
/** Time between two looks at the depth of a queue. */
const LOOK_EVERY: Micros = 2_000_000
/** Time between two checks of the settings of the store. */
const CHECK_EVERY: Micros = 10_000_000
/** After this time the main thread is told that the queue is open, even when the store has not answered. */
const OPEN_WITHIN: Micros = 5_000_000

type Message<Kind extends ToQueue['kind']> = Extract<ToQueue, { readonly kind: Kind }>

export class QueueBody {
  readonly #options: QueueBodyOptions
  readonly #asking: Asking
  readonly #held: HeldLocks
  readonly #stopped = new AbortController()
  readonly #takes = new Map<string, TakeLoop>()
  readonly #settlements = new SmallSet<Promise<void>>()

  constructor(options: QueueBodyOptions) {
    const { setup, queue, clock, trouble } = options
    this.#options = options
    this.#asking = new Asking(clock, trouble)
    this.#held = new HeldLocks(new Validity(setup.validity))
    const { signal } = this.#stopped
    // Each service has several loops that listen to it.
    setMaxListeners(0, signal)
    const every = Math.floor(setup.lock / PARTS_OF_LOCK)
    for (const service of setup.services) {
      const onTaken = (taken: TakenTicket) => this.#took(taken)
      const onError = (error: unknown) => trouble.failed(error)
      this.#takes.set(service, new TakeLoop({ service, queue, clock, signal, onTaken, onError }))
      void this.#asking.regularly(every, signal, () => queue.recover(service))
      void this.#asking.regularly(LOOK_EVERY, signal, () => this.#look(service))
      void this.#renewRegularly(service, every)
    }
    void this.#asking.regularly(CHECK_EVERY, signal, async () => trouble.checked(await queue.check()))
  }

  /** Tells the main thread that the queue is open when the store has told its settings, or after 5 s; then resolves. */
  async opened(): Promise<void> {
    const { clock, queue, trouble, post } = this.#options
    const giveUpAt = clock.now() + OPEN_WITHIN
    const problems = await this.#asking.untilAnswered(
      () => giveUpAt,
      () => queue.check(),
    )
    // The regular check may have come before there was a connection, and comes again only after 10 s.
    if (problems) trouble.checked(problems)
    post({ kind: 'opened' })
  }

  take(message: ToQueue) {
    switch (message.kind) {
      case 'offer':
        return void this.#offer(message)
      case 'settle':
        return this.#settle(message)
      case 'room':
        return this.#takes.get(message.service)?.setRoom(message.room, message.seen)
      case 'hold':
        return this.#hold(message)
      case 'missing':
        return void this.#missing(message)
      case 'close':
        return void this.#close(message)
    }
  }

  async #offer({ call, ticket, giveUpAt }: Message<'offer'>): Promise<void> {
    const { queue, post } = this.#options
    const answer = await this.#asking.untilAnswered(
      () => giveUpAt,
      () => queue.offer(ticket),
    )
    post({ kind: 'offered', call, answer: answer ?? { kind: 'unknown' } })
  }

  #settle({ call, held, settlement }: Message<'settle'>) {
    const { post, setup, clock } = this.#options
    const since = clock.now()
    const giveUpAt = () => Math.max(since, this.#held.validUntil(held)) + setup.lock
    const settling = this.#asking
      .untilAnswered(giveUpAt, () => this.#trySettling(held.lock, settlement))
      .then((settled) => {
        this.#held.remove(held)
        this.#settlements.delete(settling)
        post({ kind: 'settled', call, settled: settled ?? 'unknown' })
      })
    this.#settlements.add(settling)
  }

  async #trySettling(lock: TicketLock, settlement: Settlement): Promise<'accepted' | 'refused'> {
    const { queue } = this.#options
    const takes = isLastSettlement(settlement) ? this.#takes.get(lock.service) : undefined
    if (!takes?.reserve()) return queue.settle(lock, settlement)
    let next: TakenTicket | undefined
    try {
      const answer = await queue.settleAndTake(lock, settlement)
      next = answer.next
      return answer.settled
    } finally {
      takes.fill(next)
    }
  }

  #hold({ held }: Message<'hold'>) {
    for (const each of held) this.#held.adopt(each)
    for (const service of this.#options.setup.services) void this.#renew(service)
  }

  async #missing({ call, service, ids }: Message<'missing'>): Promise<void> {
    const { queue, post } = this.#options
    try {
      const missing = await this.#asking.once(LOOK_EVERY, () => queue.missing(service, ids))
      post({ kind: 'missing', call, ids: missing })
    } catch (error) {
      post({ kind: 'not_asked', call, message: error instanceof Error ? error.message : String(error) })
    }
  }

  /** Returns whether the main thread hears of the ticket; otherwise it goes back. */
  #took(taken: TakenTicket): boolean {
    const slot = this.#stopped.signal.aborted ? undefined : this.#held.add(taken)
    if (slot !== undefined) {
      this.#options.post({ kind: 'taken', slot, taken })
      return true
    }
    const returning = this.#options.queue.settle(taken, { kind: 'returned' }).then(
      () => void this.#settlements.delete(returning),
      // The return failed: the lock of the ticket lapses, and then an instance takes it again.
      () => void this.#settlements.delete(returning),
    )
    this.#settlements.add(returning)
    return false
  }

  async #renewRegularly(service: string, every: Micros): Promise<void> {
    const { signal } = this.#stopped
    const { clock } = this.#options
    // After the stop, too, locks are renewed while settlements are unanswered.
    while (!signal.aborted || this.#settlements.size > 0) {
      const nextAt = clock.now() + every
      await this.#renew(service)
      // No pause after a renewal that has had no answer for so long.
      await clock.sleep(Math.max(0, nextAt - clock.now()))
    }
  }

  /** Repeated until there is an answer: a new thread begins without a connection, and a part of the lock is long to wait for the next try. */
  async #renew(service: string): Promise<void> {
    const { queue, setup, clock } = this.#options
    const held: readonly HeldLock[] = this.#held.ofService(service)
    if (held.length === 0) return
    const locks = held.map(({ lock }) => lock)
    const giveUpAt = clock.now() + setup.lock / PARTS_OF_LOCK
    const renewal = await this.#asking.untilAnswered(
      () => giveUpAt,
      () => queue.renew(service, locks),
    )
    if (renewal) this.#held.renewed(held, renewal)
  }

  async #look(service: string): Promise<void> {
    const depth = await this.#options.queue.depth(service)
    this.#options.post({ kind: 'depth', service, depth })
  }

  async #close({ within }: Message<'close'>): Promise<void> {
    const { clock, queue, post } = this.#options
    this.#stopped.abort()
    const isOver = new AbortController()
    const ended = async () => {
      await Promise.all([...this.#takes.values()].map((loop) => loop.ended))
      while (this.#settlements.size > 0) await Promise.all(this.#settlements)
    }
    await Promise.race([ended(), clock.sleep(within, isOver.signal).catch(() => {})])
    isOver.abort()
    await queue.close().catch(() => {})
    post({ kind: 'closed' })
  }
}
