/** Checks that the store knows the tickets that this instance has handed over. */
import type { TicketId } from '../../kernel/ticket.js'
import type { TicketClient } from './ticket-client.js'

/** The most tickets of a service that are checked together. Of more, the newest are checked. */
const MOST = 1_000

export interface KeptTicketsOptions {
  readonly client: Pick<TicketClient, 'missing'>
  /** Called with each ticket that the store has confirmed to keep, and knows nothing of. */
  readonly onMissing: (entrypoint: string, id: TicketId) => void
}

export class KeptTickets {
  readonly #options: KeptTicketsOptions
  readonly #unchecked = new Map<string, Map<TicketId, string>>()

  constructor(options: KeptTicketsOptions) {
    this.#options = options
  }

  add(service: string, entrypoint: string, id: TicketId): void {
    const ids = this.#unchecked.get(service) ?? new Map<TicketId, string>()
    this.#unchecked.set(service, ids)
    ids.set(id, entrypoint)
    if (ids.size > MOST) ids.delete(ids.keys().next().value!)
  }

  /** Asks the store for the tickets since the last check. What it does not answer is asked again at the next check. */
  async check(): Promise<void> {
    const asked = [...this.#unchecked]
    this.#unchecked.clear()
    await Promise.all(asked.map(([service, ids]) => this.#ask(service, ids)))
  }

  async #ask(service: string, ids: ReadonlyMap<TicketId, string>): Promise<void> {
    const { client, onMissing } = this.#options
    try {
      for (const id of await client.missing(service, [...ids.keys()])) onMissing(ids.get(id)!, id)
    } catch {
      for (const [id, entrypoint] of ids) this.add(service, entrypoint, id)
    }
  }
}
