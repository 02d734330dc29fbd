/**
 * Writes a ticket as a job of BullMQ, and reads it from there.
 *
 * | ticket                     | job                                                                                       |
 * |----------------------------|-------------------------------------------------------------------------------------------|
 * | id                         | `jobId`: a job that exists, finished ones included, is not added again                    |
 * | overlap `skip`             | `deduplication` by the lane: until the job has finished, no other one of the lane is added |
 * | overlap `wait`             | the same with `keepLastIfActive`: the newest is kept aside while the job is active         |
 * | attempts, backoff          | `attempts`; {@link delayStrategy} computes the delays                                      |
 * | attempt, delivery          | `attemptsMade` + 1, `attemptsStarted`                                                      |
 * | how many holders were lost | `stalledCounter`                                                                           |
 *
 * The token of the holder that settled a job is written into the job: as the return value of a completed job, and at the beginning of the
 * stack trace of a failure. A holder that got no answer to its settlement finds its token there when the store has accepted it.
 */
import type { Job, JobsOptions } from 'bullmq'
import { backoffDelay } from '../../kernel/backoff.js'
import type { Ticket } from '../../kernel/ticket.js'
import { type Micros, millisFromMicros, secondsFromMicros } from '../../kernel/time.js'
import { readTicket } from '../ticket-record.js'

export type TicketJob = Job<unknown, unknown, string>

export function jobOptions(ticket: Ticket, retain: Micros): JobsOptions {
  const keep = { age: Math.ceil(secondsFromMicros(retain)) }
  const { id, overlap, lane, attempts } = ticket
  return {
    jobId: id,
    attempts,
    backoff: { type: OUR_BACKOFF },
    removeOnComplete: keep,
    removeOnFail: keep,
    stackTraceLimit: Math.min(attempts, MOST_TRACES),
    ...(overlap !== 'allow' && { deduplication: { id: lane, ...(overlap === 'wait' && { keepLastIfActive: true }) } }),
  }
}

const OUR_BACKOFF = 'ticket'
const MOST_TRACES = 10

/** The delay in milliseconds before the next attempt; at least 1, because 0 would skip the waiting state. */
export function delayStrategy(attemptsMade: number, _type?: string, _error?: Error, job?: { data: unknown }): number {
  const { backoff } = job!.data as Ticket
  return Math.max(1, Math.round(millisFromMicros(backoffDelay(backoff, attemptsMade))))
}

/** `TakenTicket` in run-queue.ts explains attempt, delivery and redelivered. */
export interface TicketFacts {
  readonly ticket: Ticket
  readonly attempt: number
  readonly delivery: number
  /** How many holders of the ticket were lost. */
  readonly lost: number
  readonly redelivered: boolean
}

/** Returns the facts about a job; a text says why the job is not a ticket of this version. */
export function readJob(service: string, job: TicketJob): TicketFacts | string {
  const ticket = readTicket(service, job.id ?? '', job.data)
  if (typeof ticket === 'string') return ticket
  return {
    ticket,
    attempt: job.attemptsMade + 1,
    delivery: job.attemptsStarted,
    lost: job.stalledCounter,
    redelivered: job.stalledCounter > lostAtLastFailure(job),
  }
}

/** The stack trace of a failure: the token of the holder that reported it, and how many holders had been lost by then. */
export function traceOf(token: string, { stalledCounter }: TicketJob): string {
  return `${token} ${stalledCounter}`
}

function lostAtLastFailure({ attemptsMade, stacktrace }: TicketJob): number {
  if (attemptsMade === 0) return 0
  return Number(/ (\d+)$/.exec(stacktrace?.at(-1) ?? '')?.[1] ?? 0)
}

/** Whether the holder with this token has settled the job, other than by returning it. */
export function isSettledBy(token: string, job: TicketJob): boolean {
  return job.returnvalue === token || (job.stacktrace ?? []).some((trace) => trace.startsWith(`${token} `))
}
