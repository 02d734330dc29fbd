/** The records of ticks that `harness.ticks()` returns. */

import type { RunEnded, TickSkipped } from '../kernel/events.js'
import type { Outcome, SkipReason } from '../kernel/vocabulary.js'
import { revived } from '../kernel/wire-error/revived.js'

export interface TickRecord {
  /** `service.method`. */
  readonly entrypoint: string
  readonly method: string
  readonly sequence: number
  readonly dueAt: Date
  /** How the run ended; undefined when the tick was skipped. */
  readonly outcome?: Outcome
  /** Why the tick was skipped; undefined when it became a run. */
  readonly skipped?: SkipReason
  /** Number of ticks in this record: above 1 when several were skipped at once after a stall. It then describes the last one. */
  readonly count: number
  /** From the due moment to the first instruction of the method. */
  readonly latenessMs?: number
  readonly durationMs?: number
  /** Number of calls of the method for this tick. */
  readonly attempts: number
  /** The error of the last attempt, with its name, message, code, cause and fields, but as a plain Error. */
  readonly error?: Error
}

export function recordOfRun(run: RunEnded): TickRecord {
  const { entrypoint, method, sequence, dueWall, outcome, attempt, lateness, duration, error } = run
  return {
    entrypoint,
    method,
    sequence,
    dueAt: new Date(dueWall),
    outcome,
    count: 1,
    attempts: attempt,
    ...(lateness !== undefined && { latenessMs: lateness * 1_000 }),
    ...(duration !== undefined && { durationMs: duration * 1_000 }),
    ...(error && { error: revived(error) }),
  }
}

export function recordOfSkip({ entrypoint, method, sequence, dueWall, reason, count }: TickSkipped): TickRecord {
  return { entrypoint, method, sequence, dueAt: new Date(dueWall), skipped: reason, count, attempts: 0 }
}
