/** Which series of a timer can occur, by its options. */
import type { TimerDefinition } from '../kernel/definitions.js'
import {
  ABORT_CAUSES,
  type AbortCause,
  CLAIM_RESULTS,
  type ClaimResult,
  OUTCOMES,
  type Outcome,
  RETRY_RESULTS,
  type RetryResult,
  SKIP_REASONS,
  type SkipReason,
} from '../kernel/vocabulary.js'

export interface TimerSeries {
  readonly skipped: readonly SkipReason[]
  readonly runs: readonly Outcome[]
  readonly aborts: readonly AbortCause[]
  readonly retries: readonly RetryResult[]
  readonly claims: readonly ClaimResult[]
}

export function seriesOf({ scope }: TimerDefinition): TimerSeries {
  return {
    skipped: SKIP_REASONS,
    runs: OUTCOMES,
    aborts: ABORT_CAUSES,
    retries: RETRY_RESULTS,
    claims: scope === 'cluster' ? CLAIM_RESULTS : [],
  }
}
