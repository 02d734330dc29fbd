/**
 * The options as users write them. All are optional. Durations are seconds or text. Every option that is not a function may be
 * read from the configuration with `fromConfig()`.
 *
 * An option that a timer leaves out comes from `escapement.defaults` of the configuration, else from the default given here.
 */
import type { IntervalFacts } from '../../kernel/definitions.js'
import type { Tick } from '../../kernel/tick.js'
import type { MissedPolicy, Overlap, Scope } from '../../kernel/vocabulary.js'
import type { DurationInput } from './durations.js'
import type { Configurable } from './from-config.js'
import type { BreakerOptions, RetryOptions, WindowOptions } from './policy-types.js'

/**
 * Returns the interval. Called when the class is described, and in the worker at the end of each run. It must not return a
 * promise and should use only the facts. It may return a `fromConfig()` marker.
 */
export type IntervalFunction = (facts: IntervalFacts) => Configurable<DurationInput>

/**
 * The time between the ticks of a timer: **seconds** (`0.1`), a duration (`'5m'`), a value of the configuration, or a
 * function that is called again for each tick. Range: 1 ms to 400 days.
 */
export type Interval = Configurable<DurationInput> | IntervalFunction

/** Options of both `@timer` and `@cron`. */
export interface EntrypointOptions {
  /**
   * Tells the timers of one method apart: a method with several `@timer` and `@cron` decorators needs a name on each. A timer with
   * a name has the id `service.method#name`, and its own ticks, ledger, pause and metrics. The timers of a method share its runs,
   * so their `overlap`, `concurrency`, `timeout`, `abortGrace`, `retry`, `breaker` and `scope` must be equal.
   *
   * Lower-case letters, digits, `_` and `-`, starting with a letter. Default: none. It cannot come from the configuration.
   */
  readonly name?: string

  /** Also tick at the start, before the first interval or occurrence. Default: false. */
  readonly eager?: Configurable<boolean>

  /**
   * What happens to a tick that comes due while the previous run is in progress.
   *
   *   due:      1----2----3----4----5----
   *   skip:     [1==========]--[4=]-[5=]-    2 and 3 are skipped
   *   wait:     [1==========][3=][4=][5=]    the newest tick waits, and starts as soon as 1 has ended
   *   allow:    [1==========]                all run at the same time, up to `concurrency`
   *                  [2=] [3=] [4=] [5=]
   *   replace:  [1==][2==][3==][4=]-[5=]-    the current run is aborted; the next starts when it has stopped
   *
   * Default: `skip`.
   */
  readonly overlap?: Configurable<Overlap>

  /**
   * How many runs may be in progress at once. Only for `overlap: 'allow'`; with any other it is 1.
   * Range: 1 to 64. Default: 10 with `overlap: 'allow'`, else 1.
   */
  readonly concurrency?: Configurable<number>

  /**
   * How long one run may take before it is aborted.
   *
   * Unit: seconds. Range: above 0, up to 400 days; `false` for no limit, which also overrides a configured default.
   * Default: no limit (one warning is logged for a run that is longer than both 60 s and 10 intervals).
   * After the abort, {@link abortGrace} begins.
   */
  readonly timeout?: Configurable<DurationInput | false>

  /**
   * How long a run may continue after its abort (by a timeout, a replacement, a shutdown). Then its thread is terminated, with
   * everything else on it. To stop in time, check `tick.aborted` or listen to `tick.signal`.
   *
   * Unit: seconds. Range: 0 (terminate at once) to 400 days. Default: 1.
   */
  readonly abortGrace?: Configurable<DurationInput>

  /**
   * What happens to ticks whose due moments passed while the machine was suspended, the scheduler stalled or the wall clock was
   * set. `skip`: none runs late; `once`: the latest runs late; `all`: all run late, at most 100, one after the other: the latest
   * at once, then the others, oldest first, after the ticks that come due meanwhile.
   *
   * Default: `skip` for intervals, `once` for cron and `from`. Ticks that do not run are counted as `missed`.
   */
  readonly missed?: Configurable<MissedPolicy>

  /**
   * How late a tick may start; a later one is skipped as `missed`. This limits how long a tick waits for a thread or for a run.
   *
   * Unit: seconds. Range: above 0, up to 400 days.
   * Default: one interval; for cron and `from` half of the time to the next tick, at least 1 s and at most 1 h.
   */
  readonly startDeadline?: Configurable<DurationInput>

  /**
   * Delays each tick by up to this long, so that many timers do not tick at the same time. Each tick has its own delay, the same
   * on every instance. The delays do not add up: the grid does not move.
   * Unit: seconds. Range: 0 to 400 days, less than a fixed interval. Default: 0.
   */
  readonly jitter?: Configurable<DurationInput>

  /**
   * Whether the worker waits for the due moment to the microsecond. The wait blocks its thread for up to 3 ms before each tick,
   * 6 ms on a busy machine.
   * Default: `auto`: only when the thread has nothing else to do and the interval is long enough.
   */
  readonly precise?: Configurable<boolean | 'auto'>

  /**
   * The days and times of day at which the timer ticks. Ticks outside are skipped as `outside_window`.
   * Default: always; `false` also means always, and overrides a configured default.
   */
  readonly window?: Configurable<WindowOptions | false>

  /**
   * Called in the worker just before the method, with the tick and the service object. If it returns a falsy value, or a promise
   * of one, the method is not called and the run ends as `declined`. An error counts as an error of the method.
   * Default: always. A function cannot come from the configuration.
   */
  when?(tick: Tick, service: object): unknown

  /** How often, and after which delays, a failed run is tried again. Default: never. */
  readonly retry?: Configurable<RetryOptions>

  /**
   * Skips ticks for a while after several runs in a row have failed: for jobs that call a service which needs rest while it is
   * down. `true` uses the defaults of {@link BreakerOptions}, `{ failures: 3 }` changes some of them, `false` overrides a
   * configured default.
   *
   * Default: false. A job that fails is tried again at its next tick.
   */
  readonly breaker?: Configurable<BreakerOptions | boolean>

  /**
   * Which instances (processes of the deployment) run a tick: `instance`: all of them; `leader`: the one that holds the lease;
   * `cluster`: one of them, the first to claim the tick; `queue`: a queue keeps the tick until an instance with a free thread
   * takes it, and hands it to another one if that instance dies.
   *
   * Default: `instance`. `cluster` and `queue` need the same due moments on every instance: they align fixed intervals (see
   * {@link TimerOptions.align}) and refuse `eager` and interval functions. `queue` also refuses `precise: true`, `breaker` and
   * `overlap: 'replace'`.
   */
  readonly scope?: Configurable<Scope>
}

/** Options of `@timer`. */
export interface TimerOptions extends EntrypointOptions {
  /**
   * Tick on multiples of the interval since the Unix epoch (`'1h'`: on the hour, UTC) instead of multiples since the start.
   * Default: false; true for the scopes `cluster` and `queue`. Only for fixed intervals, not for interval functions.
   */
  readonly align?: Configurable<boolean>

  /**
   * Shifts all ticks of the timer by a fixed time, so that many timers of one interval do not come due at once: by 1 ms up to the
   * interval, and up to 60 s. The first tick is due at the start and this time; with `align`, ticks are due at the multiples and
   * this time. The time follows from the id of the timer and, unless aligned, the name of the machine: it is the same after
   * a restart.
   *
   * Default: false. Refused with `from` and on interval functions; a configured default is ignored there.
   */
  readonly spread?: Configurable<boolean>

  /**
   * Date and time of the first tick, such as `'2026-01-05T09:00'`, in {@link timezone}. Ticks are due at `from` and at every
   * interval after it, by the wall clock. If `from` is past, the next of these moments counts. An interval in days or weeks
   * (`'14d'`, `'2w'`) counts days of the calendar: ticks keep their time of day when the clocks change, as those of cron do. An
   * interval in other units is the time that passes. Range: 1970 to 2199. Default: none, ticks are counted from the start.
   */
  readonly from?: Configurable<string>

  /** Time zone of {@link from} and of a `window` without its own: an IANA name. Default: the time zone of the machine. */
  readonly timezone?: Configurable<string>
}

/** Options of `@cron`. */
export interface CronOptions extends EntrypointOptions {
  /**
   * Time zone of the expression: an IANA name such as `Europe/Paris`. A {@link EntrypointOptions.window} without its own time
   * zone uses this one.
   *
   * Default: the time zone of the machine.
   */
  readonly timezone?: Configurable<string>
}
