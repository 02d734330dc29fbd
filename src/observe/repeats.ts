/**
 * Says what keeps happening once, and then only how often it happened.
 *
 *     happens:   x x x x x x x x x          x
 *     said:      1st       +4        +4     1st
 *                |- every -|- every -|- every -|
 *
 * The first one is said at once. Those that follow are counted and said together when the time is up; a streak is over
 * when a whole period passed without one. No timer is used: {@link sweep} is called on whatever happens next, and
 * {@link flush} at the end says what is left, so nothing counted is ever lost.
 */
import { type Micros, type Seconds, secondsFromMicros } from '../kernel/time.js'

interface Streak {
  readonly every: Micros
  readonly summarize: (count: number, over: Seconds) => void
  since: Micros
  /** Not yet said. */
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
   * It happened `count` times. True for the first of a streak, which the caller says in full; later ones are kept for
   * the summary that the first one brought along.
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

  /** Says what has been kept for long enough. Costs one comparison when there is nothing to say. */
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

  /** Says everything that has been kept, and forgets all streaks. */
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
