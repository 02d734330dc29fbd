/**
 * Claims of ticks of `scope: 'cluster'` entrypoints: the process that claims a tick first runs it.
 *
 * A claim outlives the run. A lock that is released at the end of the run prevents overlapping runs, but not consecutive
 * ones: a fast job would run once on each process, one after the other, all for the same tick.
 *
 *   L1. A request that failed is sent again until there is no time left: a second claim by the same holder gets the answer
 *       of the first. So a refusal that passes (a serialization failure, a store that is starting) costs no tick.
 *   L2. The result is `claim_refused` when the store has certainly carried out none of the requests, else `claim_unknown`. In
 *       both cases the tick is not run. If the store accepted the claim and only its answer was lost, no process runs the
 *       tick. That is the lesser evil: a skipped tick is counted and the next one follows, but a second run cannot be undone.
 */
import type { Clock } from '../kernel/clock.js'
import { type Micros, type Millis, millisFromMicros } from '../kernel/time.js'
import type { ClaimResult } from '../kernel/vocabulary.js'
import type { ClaimStore } from './ports.js'
import { isRefusal } from './stores/refusal.js'
import { withDeadline } from './stores/with-deadline.js'

export interface ClaimsOptions {
  readonly store: ClaimStore
  /** Unique to this start of this process. */
  readonly holder: string
  readonly clock: Clock
  /** Returns a number >= 0 and < 1. */
  readonly random: () => number
  /** Called once for each claim; `error` explains why the result is unknown. */
  readonly onResult: (entrypoint: string, result: ClaimResult, error?: unknown) => void
}

export interface ClaimLimits {
  /** How long to wait for the store, usually until the tick's start deadline. Default and maximum: {@link MAX_CLAIM_WAIT}. */
  readonly within?: Micros
  /**
   * The request is sent after a random delay of up to this long, so that the process nearest to the store does not win
   * every claim. At most half of `within`. Default: 0.
   */
  readonly spread?: Micros
}

/** The longest time that a claim waits for the store. */
const MAX_CLAIM_WAIT: Micros = 2_000_000

/** A failed request is sent again after about this long; the wait doubles up to {@link MAX_RETRY_DELAY}. */
const MIN_RETRY_DELAY: Micros = 20_000
const MAX_RETRY_DELAY: Micros = 320_000

/** Claims are kept at least this long, because instances may be that far apart, for example after a stall. */
const MIN_RETENTION: Millis = 60_000

/** Longer than the distance of any two ticks, and short enough for the time range of every store. */
const MAX_RETENTION: Millis = 800 * 86_400_000

export class Claims {
  readonly #options: ClaimsOptions

  constructor(options: ClaimsOptions) {
    this.#options = options
  }

  /**
   * Claims the tick of an entrypoint that is due at `dueWall`, which must be equal on all processes to the millisecond.
   * `startableFor`: how long after `dueWall` any process may still start the tick; at least the time until the next tick.
   * Never rejects.
   */
  async claim(
    entrypoint: string,
    dueWall: Millis,
    startableFor: Micros,
    limits: ClaimLimits = {},
  ): Promise<ClaimResult> {
    const { store, holder, clock, random, onResult } = this.#options
    const { within = MAX_CLAIM_WAIT, spread = 0 } = limits
    const timeout = Math.min(within, MAX_CLAIM_WAIT)
    const deadline = clock.now() + timeout
    const delay = Math.floor(Math.min(spread, timeout / 2) * random())
    if (delay > 0) await clock.sleep(delay)
    let isRefused = true
    for (let wait = MIN_RETRY_DELAY; ; wait = Math.min(2 * wait, MAX_RETRY_DELAY)) {
      try {
        const isOurs = await withDeadline(clock, deadline - clock.now(), (signal) =>
          store.claim(tickKey(entrypoint, dueWall), holder, claimRetention(startableFor), signal),
        )
        const result = isOurs ? 'claimed' : 'claimed_elsewhere'
        onResult(entrypoint, result)
        return result
      } catch (error) {
        isRefused &&= isRefusal(error)
        const retryAfter = Math.ceil(wait * (0.5 + random()))
        if (clock.now() + retryAfter >= deadline) {
          const result = isRefused ? 'claim_refused' : 'claim_unknown'
          onResult(entrypoint, result, error)
          return result
        }
        await clock.sleep(retryAfter)
      }
    }
  }
}

/** The key of a tick in the store, e.g. `reports.nightly@2026-03-29T01:30:00.000Z`. */
export function tickKey(entrypoint: string, dueWall: Millis): string {
  return `${entrypoint}@${new Date(Math.round(dueWall)).toISOString()}`
}

/** How long the store must keep a claim: until no process can start the same tick any more. */
export function claimRetention(startableFor: Micros): Millis {
  return Math.min(Math.max(Math.ceil(millisFromMicros(2 * startableFor)), MIN_RETENTION), MAX_RETENTION)
}
