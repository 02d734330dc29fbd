/**
 * The main thread's side of the queue thread. It keeps one queue thread running. When the thread ends, it starts a new one and sends it the
 * messages that the ended one had not answered.
 *
 *     running -- it exits --> waiting -- after a back-off --> running
 *        |                       |
 *        +------- close() -------+--> closed
 *
 *   C1. No method throws; the promises of `open()` and `missing()` may reject. Only these two and `close()` wait for the store, and for a
 *       bounded time.
 *   C2. `done` of each offer and each settlement is called once, never during the call of the method. Without an answer by its deadline,
 *       because no queue thread runs or the store does not answer, it is called with `unknown`.
 *   C3. The first message to a new queue thread names the tickets that this instance holds. The thread goes on renewing their locks.
 *   C4. A new queue thread is sent again all offers, settlements and questions that have no answer. Each of them can be repeated.
 *   C5. Until when a ticket is held is read from shared memory ({@link Validity}), so it also ends when no queue thread runs.
 *   C6. The promise of `open()` has settled when that of `close()` has.
 *   C7. Before the queue is open, at most {@link MOST_STARTS} queue threads are started: then `open()` rejects.
 */
import type { Clock } from '../kernel/clock.js'
import { ConfigError, EscapementError } from '../kernel/errors.js'
import { SmallMap } from '../kernel/small-map.js'
import type { HeldTicket, Offered, QueueDepth, Settled, Settlement, Ticket, TicketId } from '../kernel/ticket.js'
import type { Micros } from '../kernel/time.js'
import { endedAtStart } from './client/ended-at-start.js'
import { OpenCalls } from './client/open-calls.js'
import { QueueTrouble } from './client/queue-trouble.js'
import { type QueueWorker, type SpawnQueue, spawnQueue } from './client/spawn-queue.js'
import type { DiscardedTicket, TakenTicket } from './run-queue.js'
import type { FromQueue, HeldLock, ToQueue } from './thread/protocol.js'
import { Validity } from './validity.js'

/** `RunQueueOptions` in run-queue.ts explains `url`, `namespace`, `lock` and `retain`. */
export interface QueueClientOptions {
  readonly url: string
  /** Names the store in messages: where it is, without user and password, and the setting that says so. */
  readonly place: string
  readonly namespace: string
  readonly lock: Micros
  readonly retain: Micros
  /** The services that have timers of scope `queue`. No ticket of a service is taken before {@link QueueClient.setRoom} allows it. */
  readonly services: readonly string[]
  readonly clock: Clock
  readonly onTaken: (held: HeldTicket) => void
  /** For the log: the queue thread ended, or its store cannot be used or has settings that do not fit. */
  readonly onError: (error: Error) => void
  readonly onDiscarded?: (discarded: DiscardedTicket) => void
  /** Default: a real thread. */
  readonly spawn?: SpawnQueue
}

type OfferAnswer = Offered | { readonly kind: 'unknown' }
type MissingAnswer = { readonly ids: readonly TicketId[] } | { readonly problem: string }

type State =
  | { readonly name: 'running'; readonly worker: QueueWorker; readonly since: Micros }
  | { readonly name: 'waiting'; readonly cancel: () => void }
  | { readonly name: 'closed' }

/** The back-off before a new queue thread doubles from the first delay to the longest. */
const FIRST_DELAY: Micros = 100_000
const LONGEST_DELAY: Micros = 5_000_000
/** With the back-off between them, the last of so many starts comes after 1.5 s and the time that the others took. */
const MOST_STARTS = 5
/** A queue thread that has run for so long brings the back-off to its first delay again. */
const STABLE_AFTER: Micros = 60_000_000
/** How much later than the queue thread the main thread gives up: the answer of the thread needs time to arrive. */
const MARGIN: Micros = 100_000
/** How long `missing` waits for the store. */
const MISSING_WITHIN: Micros = 5_000_000
const NO_THREAD = 'the queue thread has ended and starts again'

export class QueueClient {
  readonly #options: QueueClientOptions
  readonly #validity = new Validity()
  readonly #offers: OpenCalls<OfferAnswer>
  readonly #settlements: OpenCalls<Settled>
  readonly #questions: OpenCalls<MissingAnswer>
  /** The tickets that were taken and whose settlements have no answer yet, by {@link HeldTicket.key}. */
  readonly #held = new SmallMap<number, HeldLock>()
  /** By service: the room that was set last. */
  readonly #rooms = new Map<string, number>()
  /** By service: how many tickets this queue thread may take in all, as it was told last. */
  readonly #told = new Map<string, number>()
  /** By service: how many tickets this queue thread has taken, as far as this thread has heard. */
  readonly #seen = new Map<string, number>()
  readonly #depths = new Map<string, QueueDepth>()
  readonly #trouble: QueueTrouble
  #state: State = { name: 'closed' }
  #delay = FIRST_DELAY
  #lastKey = 0
  #lastCall = 0
  #isOpen = false
  /** How many queue threads have ended before the queue was open. */
  #failedStarts = 0
  #opening: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined
  #onClosed = () => {}

  constructor(options: QueueClientOptions) {
    this.#options = options
    this.#offers = new OpenCalls(options.clock)
    this.#settlements = new OpenCalls(options.clock)
    this.#questions = new OpenCalls(options.clock)
    this.#trouble = new QueueTrouble(options.onError)
  }

  /**
   * Resolves when the store has answered, after 5 s, or when the client is closed.
   *
   * @throws ConfigError when the queue cannot be used as it is configured.
   * @throws StartError (`ERR_QUEUE_THREAD`) when {@link MOST_STARTS} queue threads have ended before the queue was open.
   */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject }
      this.#state = this.#start()
    })
  }

  offer(ticket: Ticket, giveUpAt: Micros, done: (answer: OfferAnswer) => void): void {
    const call = ++this.#lastCall
    const message: ToQueue = { kind: 'offer', call, ticket, giveUpAt }
    this.#offers.add(call, { message, giveUpAt: () => giveUpAt + MARGIN, unanswered: { kind: 'unknown' }, done })
    this.#post(message)
  }

  settle(held: HeldTicket, settlement: Settlement, done: (settled: Settled) => void) {
    const { clock, lock } = this.#options
    const ours = this.#held.get(held.key)
    if (!ours) return void clock.after(0, () => done('refused'))
    const call = ++this.#lastCall
    const message: ToQueue = { kind: 'settle', call, held: ours, settlement }
    const since = clock.now()
    const giveUpAt = () => Math.max(since, this.#validity.read(ours.slot)) + lock + MARGIN
    const forget = (settled: Settled) => {
      this.#held.delete(held.key)
      done(settled)
    }
    this.#settlements.add(call, { message, giveUpAt, unanswered: 'unknown', done: forget })
    this.#post(message)
  }

  /** Until when, on the monotonic clock, this instance certainly holds a ticket; 0 when it is settled or its lock is lost. */
  validUntil({ key }: HeldTicket): Micros {
    const held = this.#held.get(key)
    return held ? this.#validity.read(held.slot) : 0
  }

  /** Sets how many more tickets of a service this instance may take from now on; 0 before the first call. */
  setRoom(service: string, room: number): void {
    this.#rooms.set(service, room)
    this.#tellRoom(service, room)
  }

  /** The last depth that the store has told, by service. A service is missing as long as the store has told none. */
  depths(): ReadonlyMap<string, QueueDepth> {
    return this.#depths
  }

  /** Resolves to the ids that the store does not know. Rejects when it has not answered after 5 s. */
  missing(service: string, ids: readonly TicketId[]): Promise<readonly TicketId[]> {
    const call = ++this.#lastCall
    const until = this.#options.clock.now() + MISSING_WITHIN
    const message: ToQueue = { kind: 'missing', call, service, ids }
    return new Promise((resolve, reject) => {
      const done = (answer: MissingAnswer) =>
        'ids' in answer ? resolve(answer.ids) : reject(new EscapementError('ERR_QUEUE_UNREACHABLE', answer.problem))
      const unanswered = { problem: 'the queue did not answer in time' }
      this.#questions.add(call, { message, giveUpAt: () => until, unanswered, done })
      this.#post(message)
    })
  }

  /** The problems of the queue thread and of the store, one sentence each. */
  get trouble(): readonly string[] {
    const { sentences } = this.#trouble
    return this.#state.name === 'waiting' ? [NO_THREAD, ...sentences] : sentences
  }

  /** Takes no more tickets, and waits for settlements without an answer, at most until `deadline` on the monotonic clock. */
  async close(deadline: Micros): Promise<void> {
    const { clock } = this.#options
    const state = this.#state
    this.#state = { name: 'closed' }
    if (state.name === 'waiting') state.cancel()
    if (state.name === 'running') {
      const within = Math.max(0, deadline - clock.now())
      const closed = new Promise<void>((resolve) => {
        this.#onClosed = resolve
      })
      state.worker.post({ kind: 'close', within })
      const cancel = clock.after(within + MARGIN, () => state.worker.terminate())
      await Promise.race([closed, state.worker.exited])
      cancel()
      state.worker.terminate()
      await state.worker.exited
    }
    for (const calls of [this.#offers, this.#settlements, this.#questions]) calls.giveUp()
    this.#opening?.resolve()
  }

  #start(): State {
    const { spawn = spawnQueue, clock, url, place, namespace, lock, retain, services } = this.#options
    const setup = { url, place, namespace, lock, retain, services, validity: this.#validity.buffer }
    this.#trouble.connecting()
    this.#seen.clear()
    this.#told.clear()
    const worker = spawn(setup, (message) => this.#take(message))
    const since = clock.now()
    void worker.exited.then((error) => this.#exited(error, since))
    worker.post({ kind: 'hold', held: [...this.#held.values()] })
    for (const calls of [this.#offers, this.#settlements, this.#questions]) {
      for (const message of calls.messages) worker.post(message)
    }
    const state: State = { name: 'running', worker, since }
    this.#state = state
    for (const [service, room] of this.#rooms) this.#tellRoom(service, room)
    return state
  }

  #take(message: FromQueue) {
    switch (message.kind) {
      case 'opened':
        this.#isOpen = true
        this.#trouble.opened()
        return this.#opening?.resolve()
      case 'refused':
        return this.#refused(new ConfigError(message.code, message.message))
      case 'offered':
        return this.#offers.answer(message.call, message.answer)
      case 'settled':
        return this.#settlements.answer(message.call, message.settled)
      case 'taken':
        return this.#taken(message.slot, message.taken)
      case 'missing':
        return this.#questions.answer(message.call, { ids: message.ids })
      case 'not_asked':
        return this.#questions.answer(message.call, { problem: message.message })
      case 'depth':
        return void this.#depths.set(message.service, message.depth)
      case 'discarded':
        return this.#options.onDiscarded?.(message.discarded)
      case 'trouble':
        return this.#trouble.told(message.trouble)
      case 'closed':
        return this.#onClosed()
    }
  }

  #taken(slot: number, taken: TakenTicket): void {
    const { service, id, token, ticket, attempt, delivery, redelivered } = taken
    const key = ++this.#lastKey
    this.#held.add(key, { slot, lock: { service, id, token } })
    this.#seen.set(service, (this.#seen.get(service) ?? 0) + 1)
    this.#options.onTaken({ key, ticket, attempt, delivery, redelivered })
  }

  /** At the start, `open()` rejects. A queue thread that is refused later can only be logged: only a restart of the process helps. */
  #refused(error: ConfigError): void {
    if (this.#isOpen || this.#state.name !== 'running') return void this.#options.onError(error)
    this.#state.worker.terminate()
    this.#failToOpen(error)
  }

  #exited(error: Error | undefined, since: Micros): void {
    if (this.#state.name !== 'running') return
    const { clock, onError } = this.#options
    if (!this.#isOpen && ++this.#failedStarts === MOST_STARTS)
      return void this.#failToOpen(endedAtStart(MOST_STARTS, error))
    if (clock.now() - since >= STABLE_AFTER) this.#delay = FIRST_DELAY
    const delay = this.#delay
    this.#delay = Math.min(delay * 2, LONGEST_DELAY)
    const cancel = clock.after(delay, () => {
      this.#state = this.#start()
    })
    this.#state = { name: 'waiting', cancel }
    onError(new EscapementError('ERR_QUEUE_THREAD', NO_THREAD, { cause: error }))
  }

  #failToOpen(error: Error): void {
    this.#state = { name: 'closed' }
    this.#opening?.reject(error)
  }

  #tellRoom(service: string, room: number): void {
    if (this.#state.name !== 'running') return
    const seen = this.#seen.get(service) ?? 0
    if (this.#told.get(service) === seen + room) return
    this.#told.set(service, seen + room)
    this.#post({ kind: 'room', service, room, seen })
  }

  #post(message: ToQueue): void {
    if (this.#state.name === 'running') this.#state.worker.post(message)
  }
}
