/**
 * Reports the first of several equal events in full and the others as a count.
 *
 *     events:    x x x x x x x x x          x
 *     reports:   1st       +4        +4     1st
 *                |- every -|- every -|- every -|
 *
 * The first event of a streak is reported at once. The events after it are counted, and the count is reported at the end
 * of each period. A streak ends after a whole period without an event. There is no timer: the next event of any kind
 * calls {@link sweep}, and {@link flush} reports the remaining counts at the end, so no count is lost.
 */
import { type Micros, type Seconds, secondsFromMicros } from '../../kernel/time.js'

interface Streak {
  readonly every: Micros
  readonly summarize: (count: number, over: Seconds) => void
  since: Micros
  /** Events that no summary has reported. */
  count: number
}

export class Repeats {
  readonly #now: () => Micros
  readonly #streaks = new Map<string, Streak>()
  #nextSweep: Micros = Number.POSITIVE_INFINITY

  constructor(now: () => Micros) {
    this.#now = now
  }

  /**
   * Records `count` occurrences. Returns true for the first event of a streak: the caller reports it in full. Later events
   * are counted for the `summarize` function of the first event.
   */
  isFirst(key: string, count: number, every: Micros, summarize: Streak['summarize']): boolean {
    this.sweep()
    const streak = this.#streaks.get(key)
    if (streak) {
      streak.count += count
      return false
    }
    const since = this.#now()
    this.#streaks.set(key, { every, summarize, since, count: 0 })
    this.#nextSweep = Math.min(this.#nextSweep, since + every)
    return true
  }

  /** Reports the counts whose period is over. Costs one comparison when no period is over. */
  sweep(): void {
    const now = this.#now()
    if (now < this.#nextSweep) return
    this.#nextSweep = Number.POSITIVE_INFINITY
    for (const [key, streak] of this.#streaks) {
      if (now >= streak.since + streak.every) {
        if (streak.count === 0) this.#streaks.delete(key)
        else this.#summarize(streak, now)
      }
      if (this.#streaks.has(key)) this.#nextSweep = Math.min(this.#nextSweep, streak.since + streak.every)
    }
  }

  /** Reports all counts and ends all streaks. */
  flush(): void {
    const now = this.#now()
    for (const streak of this.#streaks.values()) if (streak.count > 0) this.#summarize(streak, now)
    this.#streaks.clear()
    this.#nextSweep = Number.POSITIVE_INFINITY
  }

  #summarize(streak: Streak, now: Micros): void {
    streak.summarize(streak.count, secondsFromMicros(now - streak.since))
    streak.since = now
    streak.count = 0
  }
}
