/**
 * Decides how many tickets of a service an instance takes ahead, which means before a thread is free for them.
 *
 * When the runs of a service are very short, most of the time of a ticket is spent on its way: from the store to the main thread and back. A
 * ticket that was taken ahead is here when a thread becomes free, and the tickets travel together. Until then no other instance can run it.
 * So tickets are taken ahead only while all of them together wait for a few milliseconds at most.
 */
import { MOST_TICKETS_ON_THREAD } from '../../kernel/tickets-on-thread.js'
import type { Micros } from '../../kernel/time.js'

/** The most work that may be waiting for each thread. */
const MOST_WORK: Micros = 10_000

/** What a run costs besides its method, about: to hand it to its thread, and to report its end. */
const COST_OF_RUN: Micros = 500

/** Of how many runs the mean duration is formed. Before so many have ended it is unknown. */
const RUNS = 16

/** Returns 0 when the durations of the runs are unknown, or when a run takes about as long as the work that may wait. Pure. */
export function aheadOf(threads: number, mean: Micros | undefined): number {
  return threads * (mostOnThread(mean) - 1)
}

/**
 * How many runs of tickets a thread may have been handed, the one in progress included. With more than one, the thread begins the next
 * run without a word from the main thread. Pure.
 */
export function mostOnThread(mean: Micros | undefined): number {
  return mean === undefined ? 1 : Math.min(MOST_TICKETS_ON_THREAD, 1 + Math.floor(MOST_WORK / (mean + COST_OF_RUN)))
}

/** How long the last runs of a service have taken. */
export class RecentRuns {
  readonly #durations: Micros[] = []
  #next = 0
  #sum: Micros = 0

  add(duration: Micros): void {
    this.#sum += duration - (this.#durations[this.#next] ?? 0)
    this.#durations[this.#next] = duration
    this.#next = (this.#next + 1) % RUNS
  }

  /** Forgets the durations: they are unknown until further runs have ended. */
  forget(): void {
    this.#durations.length = 0
    this.#next = 0
    this.#sum = 0
  }

  /** The mean duration; undefined while it is unknown. */
  get mean(): Micros | undefined {
    return this.#durations.length < RUNS ? undefined : this.#sum / RUNS
  }
}
