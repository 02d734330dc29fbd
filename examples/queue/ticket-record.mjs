/**
 * What has become of each ticket. The scheduler tells which tickets it has handed over, the workers tell what they begin and what
 * they complete. A ticket is known by the moment when it came due. Tickets of an earlier run of the example, which a store of yours
 * may have kept, count for nothing.
 */
export class TicketRecord {
  #tickets = new Map()

  handedOver(dueAt, number) {
    Object.assign(this.#of(dueAt), { number, isHandedOver: true })
  }

  begun(dueAt, worker, at) {
    this.#of(dueAt).begun.push({ worker, at })
  }

  completed(dueAt, worker) {
    this.#of(dueAt).completedBy.push(worker)
  }

  get handedOverTickets() {
    return [...this.#tickets.values()].filter(({ isHandedOver }) => isHandedOver)
  }

  /** Handed over, and not completed. */
  get open() {
    return this.handedOverTickets.filter(({ completedBy }) => completedBy.length === 0)
  }

  get completedTwice() {
    return this.handedOverTickets.filter(({ completedBy }) => completedBy.length > 1)
  }

  /** Begun more than once. */
  get redelivered() {
    return this.handedOverTickets.filter(({ begun }) => begun.length > 1)
  }

  /** The numbers of the tickets that a worker has completed. */
  completedBy(worker) {
    return this.handedOverTickets.filter(({ completedBy }) => completedBy.includes(worker)).map(({ number }) => number)
  }

  #of(dueAt) {
    const known = this.#tickets.get(dueAt)
    if (known) return known
    const ticket = { number: undefined, isHandedOver: false, begun: [], completedBy: [] }
    this.#tickets.set(dueAt, ticket)
    return ticket
  }
}
