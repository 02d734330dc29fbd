/** The nested options of a timer, as users write them. */
import type { DurationInput } from './durations.js'
import type { Configurable } from './from-config.js'

/** Which part of the week a timer ticks in. */
export interface WindowOptions {
  /**
   * Days of the week: `'mon-fri'`, `'sat,sun'`, `'fri-mon'`, or a list of such texts. Default: every day.
   * A window that spans midnight belongs to the day it begins on.
   */
  readonly days?: Configurable<string | readonly string[]>
  /** From this time of the day (`'09:00'`), included. Default: the beginning of the day. */
  readonly from?: Configurable<string>
  /** To this time of the day (`'17:30'`), excluded; earlier than `from` spans midnight. Default: `'24:00'`. */
  readonly to?: Configurable<string>
  /** IANA name. Default: the `timezone` of the cron entrypoint or of `escapement.defaults`, else the machine's. */
  readonly timezone?: Configurable<string>
}

/** How long to wait before each further try: `initial`, times `factor` after each, up to `max`. */
export interface BackoffOptions {
  /** Before the second try. Unit: seconds. Range: 1 ms to 400 days. Default: 1 s. */
  readonly initial?: Configurable<DurationInput>
  /** Range: 1 to 100. Default: 2. */
  readonly factor?: Configurable<number>
  /** Unit: seconds. Range: `initial` to 400 days. Default: 1 minute, or `initial` where that is longer. */
  readonly max?: Configurable<DurationInput>
  /** Fraction by which each delay is spread at random. Range: 0 to 1. Default: 0.2. */
  readonly jitter?: Configurable<number>
}

/** The thread is free while a run waits for its next try; the entrypoint counts as running. */
export interface RetryOptions {
  /** How often the method is called for one tick at the most. Range: 1 (no retry) to 100. Default: 1. */
  readonly attempts?: Configurable<number>
  readonly backoff?: Configurable<BackoffOptions>
}

/**
 * After how many failed runs ticks are skipped, and for how long; then one run (the probe) is let through: when it succeeds,
 * the entrypoint ticks again.
 */
export interface BreakerOptions {
  /** Failed runs in a row that open it. Range: 1 to 10000. Default: 5. */
  readonly failures?: Configurable<number>
  /** How long it stays open. Unit: seconds. Range: 1 ms to 400 days. Default: 30 s, or 5 intervals where that is longer. */
  readonly reset?: Configurable<DurationInput>
  /** By how much longer it stays open after each probe that fails. Range: 1 to 100. Default: 2. */
  readonly factor?: Configurable<number>
  /** The longest it stays open. Range: `reset` to 400 days. Default: 10 minutes, or `reset` where that is longer. */
  readonly max?: Configurable<DurationInput>
}
