/** What became of a tick, as a test reads it. */
import type { RunEnded, TickSkipped } from '../kernel/events.js'
import type { Outcome, SkipReason } from '../kernel/vocabulary.js'
import { revived } from '../rpc/errors.js'

export interface TickRecord {
  /** `service.method`. */
  readonly entrypoint: string
  readonly method: string
  readonly sequence: number
  readonly dueAt: Date
  /** How its run ended; undefined when it did not become one. */
  readonly outcome?: Outcome
  /** Why it did not become a run; undefined when it did. */
  readonly skipped?: SkipReason
  /** More than 1 where several ticks in a row were skipped at once: after a stall. Then this is the last of them. */
  readonly count: number
  /** From the due moment to the first instruction of the method. */
  readonly latenessMs?: number
  readonly durationMs?: number
  /** How often the method was called for it. */
  readonly attempts: number
  /** What the last attempt threw: an Error with its name, message, code, cause and fields, but not of its class. */
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
