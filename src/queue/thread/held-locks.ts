/**
 * The tickets that this instance holds, as the queue thread knows them.
 *
 *   L1. Two tickets never share a slot.
 *   L2. A lock that was lost is not renewed again, and its validity is 0.
 *   L3. The validity of a slot is written only for the ticket that has it.
 */
import type { Micros } from '../../kernel/time.js'
import type { Renewal, TakenTicket, TicketLock } from '../run-queue.js'
import { SLOTS, type Validity } from '../validity.js'
import type { HeldLock } from './protocol.js'

export class HeldLocks {
  readonly #validity: Validity
  /** By slot. */
  readonly #held: (TicketLock | undefined)[] = new Array(SLOTS).fill(undefined)
  #size = 0
  readonly #lost = new Set<string>()
  #last = 0

  constructor(validity: Validity) {
    this.#validity = validity
  }

  /** Assigns a slot to a ticket that was taken; undefined when all slots are used. */
  add(taken: TakenTicket): number | undefined {
    if (this.#size === SLOTS) return undefined
    do this.#last = (this.#last + 1) % SLOTS
    while (this.#held[this.#last])
    const { service, id, token, heldUntil } = taken
    this.#validity.write(this.#last, heldUntil)
    this.#put(this.#last, { service, id, token })
    return this.#last
  }

  /** Adds a ticket that an earlier queue thread took. Its validity stays as the earlier thread wrote it. */
  adopt({ slot, lock }: HeldLock): void {
    this.#put(slot, lock)
  }

  has({ slot, lock }: HeldLock): boolean {
    return this.#held[slot]?.token === lock.token
  }

  remove(held: HeldLock): void {
    if (!this.has(held)) return
    this.#validity.write(held.slot, 0)
    this.#held[held.slot] = undefined
    this.#size--
    this.#lost.delete(held.lock.token)
  }

  /** The locks of a service that are to be renewed: all but the lost ones. */
  ofService(service: string): readonly HeldLock[] {
    return this.#held.flatMap((lock, slot) =>
      lock && lock.service === service && !this.#lost.has(lock.token) ? [{ slot, lock }] : [],
    )
  }

  renewed(held: readonly HeldLock[], { heldUntil, lost }: Renewal): void {
    for (const each of held) {
      if (!this.has(each)) continue
      const isLost = lost.has(each.lock.token)
      if (isLost) this.#lost.add(each.lock.token)
      this.#validity.write(each.slot, isLost ? 0 : heldUntil)
    }
  }

  #put(slot: number, lock: TicketLock): void {
    if (!this.#held[slot]) this.#size++
    this.#held[slot] = lock
  }

  validUntil({ slot }: HeldLock): Micros {
    return this.#validity.read(slot)
  }
}
