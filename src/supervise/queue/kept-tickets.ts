/** Checks that the store knows the tickets that this instance has handed over. */
import type { TicketId } from '../../kernel/ticket.js'
import type { TicketClient } from './ticket-client.js'

/** The most tickets of a service that one check asks for. When there are more, the newest are checked and the others never. */
const MOST = 1_000

export interface KeptTicketsOptions {
  readonly client: Pick<TicketClient, 'missing'>
  /** Called with each ticket that the store does not know, although it had answered that it keeps it. */
  readonly onMissing: (entrypoint: string, id: TicketId) => void
}

export class KeptTickets {
  readonly #options: KeptTicketsOptions
  /** By service: the tickets that the next check asks for, with their entrypoints. */
  readonly #unchecked = new Map<string, Map<TicketId, string>>()

  constructor(options: KeptTicketsOptions) {
    this.#options = options
  }

  /** Adds a ticket to those that the next check asks for. */
  add(service: string, entrypoint: string, id: TicketId): void {
    const ids = this.#unchecked.get(service) ?? new Map<TicketId, string>()
    this.#unchecked.set(service, ids)
    ids.set(id, entrypoint)
    if (ids.size > MOST) ids.delete(ids.keys().next().value!)
  }

  /** Asks the store for the tickets that were added since the last check. Without an answer the next check asks for them again. */
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
