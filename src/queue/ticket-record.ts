/** Reads a ticket from the data of a job in the store. Other programs can write there, so each field is checked. */
import type { Backoff } from '../kernel/definitions.js'
import type { Ticket } from '../kernel/ticket.js'

const isText = (value: unknown) => typeof value === 'string' && value !== ''
const isNumber = (value: unknown) => typeof value === 'number' && Number.isFinite(value)
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0

const BACKOFF: Readonly<Record<keyof Backoff, (value: unknown) => boolean>> = {
  initial: isNumber,
  factor: isNumber,
  max: isNumber,
  jitter: isNumber,
}

const FIELDS: Readonly<Record<keyof Ticket, (value: unknown) => boolean>> = {
  id: isText,
  service: isText,
  lane: isText,
  entrypoint: isText,
  // Negative: the tick was triggered by hand.
  sequence: Number.isSafeInteger,
  dueAt: isNumber,
  expiresAt: (value) => value === undefined || value === null || isNumber(value),
  overlap: (value) => value === 'skip' || value === 'wait' || value === 'allow',
  attempts: (value) => isCount(value) && value !== 0,
  backoff: (value) => isRecord(value) && firstWrong(value, BACKOFF) === undefined,
  atMostOnce: (value) => typeof value === 'boolean',
}

/** Returns the ticket; a text says why the record is not a ticket of the service with this id. */
export function readTicket(service: string, id: string, record: unknown): Ticket | string {
  if (!isRecord(record)) return 'its data is no object'
  const wrong = firstWrong(record, FIELDS)
  if (wrong) return `its field ${wrong} is ${JSON.stringify(record[wrong]) ?? 'missing'}`.slice(0, 200)
  const ticket = record as unknown as Ticket
  if (ticket.service !== service) return `it is of the service ${ticket.service}`
  if (ticket.id !== id) return `its data has the id ${ticket.id}`
  return { ...ticket, expiresAt: ticket.expiresAt ?? undefined }
}

function firstWrong(record: Record<string, unknown>, fields: Readonly<Record<string, (value: unknown) => boolean>>) {
  return Object.keys(fields).find((name) => !fields[name]!(record[name]))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
