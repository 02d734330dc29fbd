/**
 * The tick counts of one timer: at every instant, each tick that has come due, or was taken from the queue, is counted in exactly
 * one place.
 *
 *     due + taken = skipped + handed over + returned + runs + active + pending
 *
 * Each method moves ticks from one place to another; nothing else changes a count. `due` and `taken` are counted separately, where
 * ticks arrive, so {@link imbalance} shows a tick that was lost or counted twice.
 *
 * The counts are in shared memory. A change of the row begins when a tick arrives and ends when its place is booked, so every
 * reader on another thread sees a ledger that balances.
 */
import { wordOfEach } from '../counters/enum-words.js'
import type { Row } from '../counters/row.js'
import { TIMER_ROW } from '../counters/row-shapes.js'
import type { LedgerCounts } from '../kernel/view.js'
import { OUTCOMES, type Outcome, SKIP_REASONS, type SkipReason } from '../kernel/vocabulary.js'

const { due, taken, handedOver, returned, active, pending, skipped, runs } = TIMER_ROW.at
const SKIPPED = wordOfEach(skipped, SKIP_REASONS)
const RUNS = wordOfEach(runs, OUTCOMES)

export class Ledger {
  readonly #row: Row

  constructor(row: Row) {
    this.#row = row
  }

  /** `count` ticks have come due. The caller must move each on, with another method, before it returns. */
  arrive(count = 1): void {
    this.#row.begin()
    this.#row.add(due, count)
  }

  /** A ticket was taken from the queue: another way in which a tick arrives. */
  take(): void {
    this.#row.begin()
    this.#row.add(taken, 1)
  }

  /** Arrived ticks are skipped. */
  skip(reason: SkipReason, count = 1): void {
    this.#row.begin()
    this.#row.add(SKIPPED[reason], count)
    this.#row.end()
  }

  /** An arrived tick begins to wait. */
  wait(): void {
    this.#row.begin()
    this.#row.add(pending, 1)
    this.#row.end()
  }

  /** A waiting tick is skipped. */
  drop(reason: SkipReason): void {
    this.#move(pending, SKIPPED[reason])
  }

  /** An arrived tick is handed to a thread. */
  dispatch(): void {
    this.#row.begin()
    this.#row.add(active, 1)
    this.#row.end()
  }

  /** A waiting tick is handed to a thread. */
  dispatchPending(): void {
    this.#move(pending, active)
  }

  /** The run of a dispatched tick has ended. */
  end(outcome: Outcome): void {
    this.#move(active, RUNS[outcome])
  }

  /** A waiting tick is handed over to the queue. */
  handOver(): void {
    this.#move(pending, handedOver)
  }

  /** An arrived ticket goes back to the queue. */
  giveBack(): void {
    this.#row.begin()
    this.#row.add(returned, 1)
    this.#row.end()
  }

  /** A waiting ticket goes back to the queue. */
  giveBackPending(): void {
    this.#move(pending, returned)
  }

  /** A dispatched ticket goes back to the queue. */
  giveBackActive(): void {
    this.#move(active, returned)
  }

  /** A dispatched tick is skipped because its method was not called. */
  withdraw(reason: SkipReason): void {
    this.#move(active, SKIPPED[reason])
  }

  /** Number of ticks that have come due. */
  get due(): number {
    return this.#row.get(due)
  }

  get active(): number {
    return this.#row.get(active)
  }

  get pending(): number {
    return this.#row.get(pending)
  }

  /** Number of lost ticks, or, negative, of ticks that were counted twice. 0 unless the engine has a bug. */
  get imbalance(): number {
    const row = this.#row
    let placed = row.get(handedOver) + row.get(returned) + row.get(active) + row.get(pending)
    for (const reason of SKIP_REASONS) placed += row.get(SKIPPED[reason])
    for (const outcome of OUTCOMES) placed += row.get(RUNS[outcome])
    return row.get(due) + row.get(taken) - placed
  }

  counts(): LedgerCounts {
    return {
      due: this.due,
      taken: this.#row.get(taken),
      handedOver: this.#row.get(handedOver),
      returned: this.#row.get(returned),
      skipped: this.#read(SKIPPED),
      runs: this.#read(RUNS),
      active: this.active,
      pending: this.pending,
    }
  }

  #move(from: number, to: number): void {
    this.#row.begin()
    this.#row.add(from, -1)
    this.#row.add(to, 1)
    this.#row.end()
  }

  #read<Key extends string>(words: Readonly<Record<Key, number>>): Record<Key, number> {
    const entries = Object.entries<number>(words)
    return Object.fromEntries(entries.map(([key, word]) => [key, this.#row.get(word)])) as Record<Key, number>
  }
}
