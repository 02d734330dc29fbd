/**
 * When a timer is overdue: a success has been missing for longer than one interval, one time-out and a minute, so that a tick, and
 * the tick after it, had the time to succeed.
 *
 * The alert EscapementOverdue (deploy/prometheus/rules.yaml) says the same in the language of Prometheus.
 */
import type { Micros, Millis } from '../kernel/time.js'

export interface SuccessFacts {
  /** Due moment of the first tick after which no run completed; 0: no success is missing. */
  readonly noSuccessSince: Millis
  /** Time between two ticks; 0: not known. */
  readonly interval: Micros
  /** How long a run may take; 0 or absent: no limit. */
  readonly timeout?: Micros
}

/** Late replies, scrapes and short stalls are nobody's alarm. */
const OVERDUE_SLACK_MS: Millis = 60_000

/** Since when a success has been missing, if for too long; undefined when the timer is not overdue. */
export function overdueSince({ noSuccessSince, interval, timeout = 0 }: SuccessFacts, now: Millis): Millis | undefined {
  const allowed = (interval + timeout) / 1_000 + OVERDUE_SLACK_MS
  return noSuccessSince > 0 && now - noSuccessSince > allowed ? noSuccessSince : undefined
}
