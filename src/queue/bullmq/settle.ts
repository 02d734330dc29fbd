/** Settles a ticket: writes the settlement into its job, while this instance holds the lock. */
import { UnrecoverableError } from 'bullmq'
import type { Settlement } from '../../kernel/ticket.js'
import { type TicketJob, traceOf } from './ticket-job.js'
import { lockToken } from './ticket-token.js'

/** The error codes of BullMQ for a holder that has lost its lock: no such job, no lock, not active, the lock of another holder. */
const REFUSALS = new Set([-1, -2, -3, -6])

export function isRefusal(error: unknown): boolean {
  return error instanceof Error && REFUSALS.has(Number((error as { code?: unknown }).code))
}

/**
 * Resolves to the answer of BullMQ: with `takesNext` it has the data of another job, if one waited, now locked by the same lock token.
 * Rejects with an error for which {@link isRefusal} is true when the lock of the job is not that of `token`.
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
      // On Postgres, BullMQ ignores the return of a job that another holder has, and reports no error. The renewal does report it.
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
