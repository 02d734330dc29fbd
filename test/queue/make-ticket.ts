import type { Ticket } from '../../src/kernel/ticket.js'

let sequence = 0

/** A ticket of its own for each call. */
export function makeTicket(service: string, options: Partial<Ticket> & { readonly method?: string } = {}): Ticket {
  const { method = 'work', ...rest } = options
  const dueAt = Date.UTC(2026, 10, 27) + ++sequence + 0.25
  const entrypoint = `${service}.${method}`
  return {
    id: `${entrypoint}@${Math.round(dueAt * 1_000)}us`,
    service,
    lane: entrypoint,
    entrypoint,
    sequence,
    dueAt,
    expiresAt: undefined,
    overlap: 'allow',
    attempts: 1,
    backoff: { initial: 1_000, factor: 2, max: 10_000, jitter: 0 },
    atMostOnce: false,
    ...rest,
  }
}
