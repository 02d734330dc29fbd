/** Writes what became of a ticket into its job, while the lock is held. */
import { UnrecoverableError } from 'bullmq'
import type { Settlement } from '../../kernel/ticket.js'
import { type TicketJob, traceOf } from './ticket-job.js'
import { lockToken } from './ticket-token.js'

/** The codes by which BullMQ refuses a holder: no such job, no lock, not active, the lock of another. */
const REFUSALS = new Set([-1, -2, -3, -6])

export function isRefusal(error: unknown): boolean {
  return error instanceof Error && REFUSALS.has(Number((error as { code?: unknown }).code))
}

/**
 * Rejects with a refusal when the lock is not this token's. Resolves to what BullMQ answers: with `takesNext`, the data of a job that
 * has been locked with the same lock.
 */
export async function settleJob(
  job: TicketJob,
  token: string,
  settlement: Settlement,
  lockMs: number,
  takesNext: boolean,
): Promise<unknown> {
  switch (settlement.kind) {
    case 'completed':
      return job.moveToCompleted(token, lockToken(token), takesNext)
    case 'failed':
      return fail(job, token, settlement.message, settlement.retry, takesNext)
    case 'expired':
      return fail(job, token, 'its start deadline had passed', false, takesNext)
    case 'returned':
      // On Postgres the return of a job that is not ours is ignored without an error.
      if ((await job.extendLock(lockToken(token), lockMs)) !== 1) throw refusal(job)
      return job.moveToWait(lockToken(token))
  }
}

export function fail(
  job: TicketJob,
  token: string,
  message: string,
  retry: boolean,
  takesNext = false,
): Promise<unknown> {
  const error = retry ? new Error(message) : new UnrecoverableError(message)
  error.stack = traceOf(token, job)
  return job.moveToFailed(error, lockToken(token), takesNext)
}

function refusal(job: TicketJob): Error {
  return Object.assign(new Error(`the lock of ${job.id} is not held`), { code: -2 })
}
