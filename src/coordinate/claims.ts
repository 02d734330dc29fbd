/**
 * One process for each tick of a `scope: 'cluster'` entrypoint: who claims its slot first runs it.
 *
 * A claim outlives the run. A lock that is let go of when the run ends keeps runs from overlapping, but not from following
 * one another: a fast job would run once on each process, one after the other, all for the same tick.
 *
 * When it is unknown whether the claim succeeded, the tick is not run. It may be lost for everybody then, if the store
 * took the claim and its answer was lost. That is the lesser evil: what was skipped is counted and comes around again, what
 * ran twice cannot be taken back.
 */
import type { Clock } from '../kernel/clock.js'
import { type Micros, type Millis, millisFromMicros } from '../kernel/time.js'
import type { ClaimResult } from '../kernel/vocabulary.js'
import type { ClaimStore } from './ports.js'
import { ask } from './stores/ask.js'

export interface ClaimsOptions {
  readonly store: ClaimStore
  /** Unique to this start of this process. */
  readonly holder: string
  readonly clock: Clock
  /** From 0 up to, not including, 1. */
  readonly random: () => number
  /** Once for each claim; the error says why the result is unknown. */
  readonly onResult: (entrypoint: string, result: ClaimResult, error?: unknown) => void
}

export interface ClaimLimits {
  /** The answer is of no use after this: what is left until the tick's start deadline. At most {@link PATIENCE}. */
  readonly within?: Micros
  /**
   * Asks after a random part of this, so that it is not always the process nearest to the store that gets it: half of the
   * time there is, at most. Default 0.
   */
  readonly spread?: Micros
}

/** No claim takes longer than this. */
const PATIENCE: Micros = 2_000_000

/** Claims of quick timers are kept for this long: their instances may be that far apart, after a stall for example. */
const SHORTEST_KEEP: Millis = 60_000

/** Longer than anything can be due, and short enough for every store to count; also for a tick that none follows. */
const LONGEST_KEEP: Millis = 800 * 86_400_000

export class Claims {
  readonly #options: ClaimsOptions

  constructor(options: ClaimsOptions) {
    this.#options = options
  }

  /**
   * Claims the tick of an entrypoint that is due at `dueWall`, which must be the same on all processes: to the millisecond.
   * `startable` is for how long after it the tick may still be started anywhere: at least the distance to the next one.
   * Never rejects.
   */
  async claim(entrypoint: string, dueWall: Millis, startable: Micros, limits: ClaimLimits = {}): Promise<ClaimResult> {
    const { store, holder, clock, random, onResult } = this.#options
    const { within = PATIENCE, spread = 0 } = limits
    const patience = Math.min(within, PATIENCE)
    const deadline = clock.now() + patience
    try {
      const delay = Math.floor(Math.min(spread, patience / 2) * random())
      if (delay > 0) await clock.sleep(delay)
      const isOurs = await ask(clock, deadline - clock.now(), (signal) =>
        store.claim(tickKey(entrypoint, dueWall), holder, keepOf(startable), signal),
      )
      const result = isOurs ? 'claimed' : 'claimed_elsewhere'
      onResult(entrypoint, result)
      return result
    } catch (error) {
      onResult(entrypoint, 'claim_unknown', error)
      return 'claim_unknown'
    }
  }
}

/** The name of a tick in the store, e.g. `reports.nightly@2026-03-29T01:30:00.000Z`. */
export function tickKey(entrypoint: string, dueWall: Millis): string {
  return `${entrypoint}@${new Date(Math.round(dueWall)).toISOString()}`
}

/** For how long a claim is kept: until no process can still be about to run the same tick. */
export function keepOf(startable: Micros): Millis {
  return Math.min(Math.max(Math.ceil(millisFromMicros(2 * startable)), SHORTEST_KEEP), LONGEST_KEEP)
}
