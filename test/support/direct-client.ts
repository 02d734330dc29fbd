/**
 * A client of the queue without a queue thread: for tests of the engine over real stores. Like the real one it renews locks, hands out
 * again what others have lost, and repeats what was not answered.
 */
import type { OfferAnswer } from '../../dist/src/dispatch/ticket-queue.js'
import type { HeldTicket, QueueDepth, Settled, Settlement, Ticket, TicketId } from '../../dist/src/kernel/ticket.js'
import type { Micros } from '../../dist/src/kernel/time.js'
import type { RunQueue, TakenTicket } from '../../dist/src/queue/run-queue.js'
import type { TicketClient, TicketClientOptions } from '../../dist/src/supervise/queue/ticket-client.js'

export interface DirectClientOptions extends TicketClientOptions {
  readonly queue: RunQueue
  readonly lock: Micros
  readonly now: () => Micros
}

interface Hold {
  readonly taken: TakenTicket
  heldUntil: Micros
}

/** Between two requests after one that failed. Unit: milliseconds. */
const AGAIN = 50

export class DirectClient implements TicketClient {
  readonly trouble: readonly string[] = []
  readonly #options: DirectClientOptions
  readonly #holds = new Map<number, Hold>()
  readonly #room = new Map<string, number>()
  readonly #takes = new Map<string, AbortController>()
  readonly #wakers = new Map<string, () => void>()
  readonly #settling = new Set<Promise<void>>()
  readonly #loops: Promise<void>[] = []
  #renewing: NodeJS.Timeout | undefined
  #keys = 0
  #isClosed = false

  constructor(options: DirectClientOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    const { services, lock } = this.#options
    for (const service of services) this.#loops.push(this.#takeAll(service))
    this.#renewing = setInterval(() => void this.#tend(), lock / 4_000)
  }

  offer(ticket: Ticket, giveUpAt: Micros, done: (answer: OfferAnswer) => void): void {
    this.#options.queue.offer(ticket).then(done, () => {
      if (this.#options.now() >= giveUpAt || this.#isClosed) done({ kind: 'unknown' })
      else setTimeout(() => this.offer(ticket, giveUpAt, done), AGAIN)
    })
  }

  settle(held: HeldTicket, settlement: Settlement, done: (settled: Settled) => void): void {
    const { taken } = this.#holds.get(held.key)!
    this.#holds.delete(held.key)
    const settling: Promise<void> = this.#options.queue
      .settle(taken, settlement)
      .then(done, () => done('unknown'))
      .finally(() => this.#settling.delete(settling))
    this.#settling.add(settling)
  }

  validUntil({ key }: HeldTicket): Micros {
    return this.#holds.get(key)!.heldUntil
  }

  setRoom(service: string, room: number): void {
    this.#room.set(service, room)
    if (room > 0) this.#wakers.get(service)?.()
    else this.#takes.get(service)?.abort()
  }

  depths(): ReadonlyMap<string, QueueDepth> {
    return new Map()
  }

  missing(service: string, ids: readonly TicketId[]): Promise<readonly TicketId[]> {
    return this.#options.queue.missing(service, ids)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const service of this.#options.services) this.setRoom(service, 0)
    for (const wake of this.#wakers.values()) wake()
    await Promise.all(this.#loops)
    await Promise.all(this.#settling)
    clearInterval(this.#renewing)
    await this.#options.queue.close()
  }

  async #takeAll(service: string): Promise<void> {
    while (!this.#isClosed) {
      const room = this.#room.get(service) ?? 0
      if (room <= 0) await new Promise<void>((resolve) => this.#wakers.set(service, resolve))
      else await this.#takeOne(service)
    }
  }

  async #takeOne(service: string): Promise<void> {
    const take = new AbortController()
    this.#takes.set(service, take)
    const taken = await this.#options.queue.take(service, take.signal).catch(() => undefined)
    if (!taken) return
    const held = { ...taken, key: ++this.#keys }
    this.#holds.set(held.key, { taken, heldUntil: taken.heldUntil })
    this.#options.onTaken(held)
  }

  async #tend(): Promise<void> {
    const { queue, services } = this.#options
    for (const service of services) {
      const holds = [...this.#holds.values()].filter(({ taken }) => taken.service === service)
      await queue.recover(service).catch(() => {})
      if (holds.length === 0) continue
      const renewal = await queue
        .renew(
          service,
          holds.map(({ taken }) => taken),
        )
        .catch(() => undefined)
      if (!renewal) continue
      for (const hold of holds) hold.heldUntil = renewal.lost.has(hold.taken.token) ? 0 : renewal.heldUntil
    }
  }
}
