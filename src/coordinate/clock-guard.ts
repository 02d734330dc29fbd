/**
 * Compares the wall clock of this machine with the store's: instances that disagree about the time run every tick of scope
 * `cluster` once for each of their time-lines.
 *
 *   W1. No tick is claimed before the first comparison, nor while the clocks differ by more than {@link CLAIM_LIMIT}.
 *   W2. A difference counts only as far as it is certain: the time that the answer took and the resolution of the store's
 *       clock are in its favour.
 *   W3. Between two comparisons the store's clock is continued by the monotonic clock, so a wall clock that is set is noticed
 *       at once. A claim is refused only after a comparison that is at most a second old.
 *
 * Leases need no comparison: their times are durations.
 */
import type { Clock } from '../kernel/clock.js'
import { formatSpan, type Micros, type Millis, microsFromMillis, millisFromMicros } from '../kernel/time.js'
import type { ClaimStore, StoreChecks, StoreClock, StoreClockReading, StoreProblem } from './ports.js'
import { StoreUnfitError } from './store-unfit.js'

/** A larger difference is a problem. */
const WARN_LIMIT: Millis = 1_000

/**
 * With a larger difference nothing is claimed. Two instances then differ by at most 20 s. A claim is kept for at least 30 s
 * longer than its tick may be started (see `claimRetention`), so the claim of the faster one still stands for the slower one.
 */
const CLAIM_LIMIT: Millis = 10_000

/** The difference in the message changes only when it has changed by this share, so that it is not told again and again. */
const NEWS = 0.2

const RECOMPARE_AFTER: Micros = 1_000_000

interface Comparison extends StoreClockReading {
  /** On the monotonic clock. The store read its clock between the two. */
  readonly sent: Micros
  readonly received: Micros
}

export class ClockGuard implements ClaimStore, StoreChecks {
  readonly #store: ClaimStore & StoreChecks
  readonly #source: StoreClock
  readonly #clock: Clock
  /** `none`: the store's clock is this machine's. */
  #comparison: Comparison | 'none' | undefined
  #told: Millis = 0

  constructor(store: ClaimStore & StoreChecks, source: StoreClock, clock: Clock) {
    this.#store = store
    this.#source = source
    this.#clock = clock
  }

  async claim(tick: string, holder: string, keep: Millis, signal: AbortSignal): Promise<boolean> {
    if (this.#isOld() && (this.#comparison === undefined || Math.abs(this.#ahead()) > CLAIM_LIMIT)) {
      await this.#compare(signal)
    }
    const ahead = this.#ahead()
    if (Math.abs(ahead) > CLAIM_LIMIT) throw new StoreUnfitError(describe(ahead))
    return this.#store.claim(tick, holder, keep, signal)
  }

  async check(signal: AbortSignal): Promise<readonly StoreProblem[]> {
    const [problems] = await Promise.all([this.#store.check(signal), this.#compare(signal)])
    const ahead = this.#ahead()
    if (Math.abs(ahead) <= WARN_LIMIT) {
      this.#told = 0
      return problems
    }
    if (Math.abs(ahead - this.#told) > Math.abs(this.#told) * NEWS) this.#told = ahead
    return [...problems, { code: 'clock', message: describe(this.#told), forbidsLeading: false }]
  }

  #isOld(): boolean {
    const known = this.#comparison
    return known === undefined || (known !== 'none' && this.#clock.now() - known.sent > RECOMPARE_AFTER)
  }

  async #compare(signal: AbortSignal): Promise<void> {
    const sent = this.#clock.now()
    const reading = await this.#source.readClock(signal)
    this.#comparison = reading ? { ...reading, sent, received: this.#clock.now() } : 'none'
  }

  /** By how much this machine's clock is certainly ahead of the store's; negative when it is behind. */
  #ahead(): Millis {
    if (this.#comparison === undefined || this.#comparison === 'none') return 0
    const { at, resolution, sent, received } = this.#comparison
    const now = this.#clock.now()
    const wallNow = this.#clock.wallNow()
    const earliest = at + millisFromMicros(now - received)
    const latest = at + resolution + millisFromMicros(now - sent)
    if (wallNow > latest) return wallNow - latest
    return Math.min(0, wallNow - earliest)
  }
}

function describe(ahead: Millis): string {
  const grain = Math.abs(ahead) < 60_000 ? 100 : 1_000
  const span = formatSpan(microsFromMillis(Math.round(Math.abs(ahead) / grain) * grain))
  const isRefused = Math.abs(ahead) > CLAIM_LIMIT
  return [
    `the clock of this machine is ${span} ${ahead > 0 ? 'ahead of' : 'behind'} the clock of the coordination store: `,
    isRefused
      ? `ticks of scope 'cluster' are not claimed here until the difference is ${formatSpan(microsFromMillis(CLAIM_LIMIT))} or less`
      : `instances may run ticks of scope 'cluster', cron and windows at different moments`,
    '. Synchronize the clocks of both machines (NTP)',
  ].join('')
}
