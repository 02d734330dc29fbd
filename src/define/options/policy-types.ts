/** The nested options of a timer, as users write them. */
import type { DurationInput } from './durations.js'
import type { Configurable } from './from-config.js'

/** The part of the week in which a timer ticks. */
export interface WindowOptions {
  /**
   * Days of the week: `'mon-fri'`, `'sat,sun'`, `'fri-mon'`, or a list of such texts. Default: every day.
   * A window that spans midnight belongs to the day on which it begins.
   */
  readonly days?: Configurable<string | readonly string[]>
  /** Begin, inclusive: a time of day such as `'09:00'`. Default: the beginning of the day. */
  readonly from?: Configurable<string>
  /** End, exclusive: a time of day such as `'17:30'`. If it is earlier than `from`, the window spans midnight. Default: `'24:00'`. */
  readonly to?: Configurable<string>
  /** IANA name. Default: the `timezone` of the cron entrypoint or of `escapement.defaults`, else the machine's. */
  readonly timezone?: Configurable<string>
  /**
   * Dates such as `'2026-12-25'` on which the window does not open, in its time zone. A window that spans midnight belongs to
   * the day on which it opens: `except` with the 25th leaves open what began on the 24th. Default: none.
   */
  readonly except?: Configurable<string | readonly string[]>
}

/** The delay before each retry: `initial`, multiplied by `factor` after each retry, up to `max`. */
export interface BackoffOptions {
  /** Delay before the second attempt. Unit: seconds. Range: 1 ms to 400 days. Default: 1 s. */
  readonly initial?: Configurable<DurationInput>
  /** Growth of the delay after each retry. Range: 1 to 100. Default: 2. */
  readonly factor?: Configurable<number>
  /** The longest delay. Unit: seconds. Range: `initial` to 400 days. Default: 1 minute, or `initial` if that is longer. */
  readonly max?: Configurable<DurationInput>
  /** Fraction by which each delay varies at random. Range: 0 to 1. Default: 0.2. */
  readonly jitter?: Configurable<number>
}

/** While a run waits for its next attempt, its thread is free and its entrypoint counts as running. */
export interface RetryOptions {
  /** Maximum number of calls of the method for one tick. Range: 1 (no retry) to 100. Default: 1. */
  readonly attempts?: Configurable<number>
  readonly backoff?: Configurable<BackoffOptions>
}

/**
 * After how many failed runs the breaker opens, and for how long. While it is open, ticks are skipped. Then one run, the probe,
 * starts: if it succeeds, the entrypoint ticks again.
 */
export interface BreakerOptions {
  /** Number of failed runs in a row that opens the breaker. Range: 1 to 10000. Default: 5. */
  readonly failures?: Configurable<number>
  /**
   * How long it stays open. Unit: seconds. Range: 1 ms to 400 days. Default: 30 s, or 5 intervals if that is longer; 30 s for a
   * timer with a name.
   */
  readonly reset?: Configurable<DurationInput>
  /** Multiplies the open time after each failed probe. Range: 1 to 100. Default: 2. */
  readonly factor?: Configurable<number>
  /** The longest open time. Unit: seconds. Range: `reset` to 400 days. Default: 10 minutes, or `reset` if that is longer. */
  readonly max?: Configurable<DurationInput>
}
