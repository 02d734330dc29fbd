/** Writes what became of a ticket into its job, while the lock is held. */
import { UnrecoverableError } from 'bullmq'
import type { Settlement } from '../../kernel/ticket.js'
import { type TicketJob, traceOf } from './ticket-job.js'

/** The codes by which BullMQ refuses a holder: no such job, no lock, not active, the lock of another. */
const REFUSALS = new Set([-1, -2, -3, -6])

export function isRefusal(error: unknown): boolean {
  return error instanceof Error && REFUSALS.has(Number((error as { code?: unknown }).code))
}

/** Rejects with a refusal when the lock is not this token's. */
export async function settleJob(job: TicketJob, token: string, settlement: Settlement, lockMs: number): Promise<void> {
  switch (settlement.kind) {
    case 'completed':
      await job.moveToCompleted(token, token, false)
      return
    case 'failed':
      return fail(job, token, settlement.message, settlement.retry)
    case 'expired':
      return fail(job, token, 'its start deadline had passed', false)
    case 'returned':
      // On Postgres the return of a job that is not ours is ignored without an error.
      if ((await job.extendLock(token, lockMs)) !== 1) throw refusal(job)
      await job.moveToWait(token)
  }
}

export async function fail(job: TicketJob, token: string, message: string, retry: boolean): Promise<void> {
  const error = retry ? new Error(message) : new UnrecoverableError(message)
  error.stack = traceOf(token, job)
  await job.moveToFailed(error, token, false)
}

function refusal(job: TicketJob): Error {
  return Object.assign(new Error(`the lock of ${job.id} is not held`), { code: -2 })
}
