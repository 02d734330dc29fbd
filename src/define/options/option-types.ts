/**
 * The options users write, as they write them: everything optional, durations in seconds or as text, and any value that
 * is no function may be read from the configuration with `fromConfig()`.
 *
 * A timer that leaves an option out takes it from `escapement.defaults` of the configuration, then from here.
 */
import type { IntervalFacts } from '../../kernel/definitions.js'
import type { Tick } from '../../kernel/tick.js'
import type { MissedPolicy, Overlap, Scope } from '../../kernel/vocabulary.js'
import type { DurationInput } from './durations.js'
import type { Configurable } from './from-config.js'
import type { BreakerOptions, RetryOptions, WindowOptions } from './policy-types.js'

/**
 * Asked for the interval when the class is described, and again in the worker at the end of each run. It must answer at
 * once, from the facts alone; a `fromConfig()` marker is an answer too.
 */
export type IntervalFunction = (facts: IntervalFacts) => Configurable<DurationInput>

/**
 * How far the ticks of a timer are apart: **seconds** (`0.1`), a duration (`'5m'`), a value of the configuration, or a
 * function that is asked anew for each tick. Range: 1 ms to 400 days.
 */
export type Interval = Configurable<DurationInput> | IntervalFunction

/** What `@timer` and `@cron` have in common. */
export interface EntrypointOptions {
  /** Tick once at the start too, not only after the first interval or at the first occurrence. Default: false. */
  readonly eager?: Configurable<boolean>

  /**
   * What happens to a tick that comes due while the previous run is still going.
   *
   *   due:      1----2----3----4----5----
   *   skip:     [1==========]--[4=]-[5=]-    2 and 3 are skipped
   *   wait:     [1==========][3=][4=][5=]    the newest waits, and starts as soon as 1 has ended
   *   allow:    [1==========]                all of them run side by side, up to `concurrency`
   *                  [2=] [3=] [4=] [5=]
   *   replace:  [1==][2==][3==][4=]-[5=]-    the running one is aborted; the next starts when it has really stopped
   *
   * Default: `skip`.
   */
  readonly overlap?: Configurable<Overlap>

  /**
   * How many runs may be going at once. Only for `overlap: 'allow'`; with any other it is 1.
   * Range: 1 to 64. Default: 10 with `overlap: 'allow'`, else 1.
   */
  readonly concurrency?: Configurable<number>

  /**
   * How long one run may take before it is told to stop.
   *
   * Unit: seconds. Range: above 0, up to 400 days; `false` for no limit, which also undoes a configured default.
   * Default: no limit (a run longer than 60 s and than 10 intervals is warned about once).
   * See {@link abortGrace} for what comes after.
   */
  readonly timeout?: Configurable<DurationInput | false>

  /**
   * How long a run that was told to stop (by a timeout, a replacement, a shutdown) may go on before its thread is
   * terminated, with everything else that runs on it. Look at `tick.aborted` or `tick.signal` to stop in time.
   *
   * Unit: seconds. Range: 0 (terminate at once) to 400 days. Default: 1.
   */
  readonly abortGrace?: Configurable<DurationInput>

  /**
   * What happens to ticks that lapsed while nobody could act on them: the machine was suspended, the scheduler stalled,
   * a clock was set. `skip`: none is made up for; `once`: the latest is; `all`: all are, at most 100,
   * one after the other: the latest at once, then the others, oldest first, behind the ticks that come due.
   *
   * Default: `skip` for intervals, `once` for cron. What is not made up for is counted as `missed`.
   */
  readonly missed?: Configurable<MissedPolicy>

  /**
   * How late a tick may start; after that it is `missed`. It bounds how long a tick waits for its thread or its turn.
   *
   * Unit: seconds. Range: above 0, up to 400 days.
   * Default: one interval; for cron half of the distance to the next tick, at least 1 s and at most 1 h.
   */
  readonly startDeadline?: Configurable<DurationInput>

  /**
   * Each tick is put off by up to this long, by an amount of its own that is the same wherever the tick is reckoned, so
   * that many timers do not tick as one. The grid stays where it is: the delays do not add up.
   * Unit: seconds. Range: 0 to 400 days, less than a fixed interval. Default: 0.
   */
  readonly jitter?: Configurable<DurationInput>

  /**
   * Whether the worker waits for the due moment to the microsecond, which keeps its thread from doing anything else for
   * up to 3 ms before each tick. Default: `auto`, when the thread has nothing else to do and the interval allows it.
   */
  readonly precise?: Configurable<boolean | 'auto'>

  /**
   * When the timer ticks at all. Ticks outside are skipped as `outside_window`.
   * Default: always; `false` says so explicitly, which also undoes a configured default.
   */
  readonly window?: Configurable<WindowOptions | false>

  /**
   * Asked in the worker just before the method would be called, with the tick and the service's instance. The run ends
   * as `declined` when the answer is falsy (or a promise of something falsy); an error counts as an error of the method.
   * Default: always. A function cannot come from the configuration.
   */
  when?(tick: Tick, service: object): unknown

  /** How often, and how fast, a failed run is tried again. Default: not at all. */
  readonly retry?: Configurable<RetryOptions>

  /**
   * Skips ticks for a while after several runs in a row have failed: for jobs that call something which must be left
   * alone while it is down. `true` takes the defaults of {@link BreakerOptions}, `{ failures: 3 }` changes some of them, `false`
   * turns off what a configured default turns on.
   *
   * Default: false. A job that fails is tried again at its next tick.
   */
  readonly breaker?: Configurable<BreakerOptions | boolean>

  /**
   * On which processes of a deployment it ticks: `instance`: on each of them; `leader`: on the one that holds the lease;
   * `cluster`: on each tick one of them, whichever is first.
   *
   * Default: `instance`. `cluster` needs due moments that are the same everywhere: fixed intervals are aligned then (see
   * {@link TimerOptions.align}), and interval functions are refused.
   */
  readonly scope?: Configurable<Scope>
}

/** Options of `@timer`. */
export interface TimerOptions extends EntrypointOptions {
  /**
   * Tick on multiples of the interval since the Unix epoch (`'1h'`: on the hour, UTC) and not counted from the start.
   * Default: false; true for `scope: 'cluster'`. Only for fixed intervals, not for interval functions.
   */
  readonly align?: Configurable<boolean>
}

/** Options of `@cron`. */
export interface CronOptions extends EntrypointOptions {
  /**
   * IANA name of the time zone the expression is meant in, such as `Europe/Paris`. A {@link EntrypointOptions.window}
   * without a time zone of its own takes this one.
   *
   * Default: the time zone of the machine.
   */
  readonly timezone?: Configurable<string>
}
