/** Reads the facts of timers from shared memory, the history and what the main thread tells of pauses. */
import { methodId } from '../counters/catalogue.js'
import { CounterReader, type Snapshot } from '../counters/reader.js'
import { TIMER_ROW } from '../counters/row-shapes.js'
import type { Clock } from '../kernel/clock.js'
import type { TimerDefinition } from '../kernel/definitions.js'
import type { Millis } from '../kernel/time.js'
import type { Serving } from '../observe/admin-protocol.js'
import type { HistoryStore } from './history/history-store.js'
import type { MainFeed } from './main-feed.js'
import { type TimerFacts, timerFacts } from './views/timer-facts.js'

export interface FactsReaderOptions {
  readonly serving: Pick<Serving, 'catalogue' | 'memory' | 'services'>
  readonly feed: Pick<MainFeed, 'pauses'>
  readonly clock: Pick<Clock, 'now' | 'wallNow'>
}

export interface Look {
  readonly facts: readonly TimerFacts[]
  readonly snapshot: Snapshot
  readonly now: Millis
}

export class FactsReader {
  /** Ids of the timers, at their indexes. */
  readonly ids: readonly string[]
  readonly #options: FactsReaderOptions
  readonly #reader: CounterReader
  readonly #timers: readonly { readonly timer: TimerDefinition; readonly pool: string }[]
  readonly #indexes: ReadonlyMap<string, number>
  /** Position of each method in the catalogue, by its id. */
  readonly #methods: ReadonlyMap<string, number>

  constructor(options: FactsReaderOptions) {
    const { catalogue, memory, services } = options.serving
    this.#options = options
    this.#reader = new CounterReader(catalogue, memory)
    this.#timers = services.flatMap(({ timers, pool }) => timers.map((timer) => ({ timer, pool })))
    this.ids = this.#timers.map(({ timer }) => timer.id)
    this.#indexes = new Map(this.ids.map((id, index) => [id, index]))
    this.#methods = new Map(catalogue.methods.map(({ service, method }, index) => [methodId(service, method), index]))
  }

  /** The index of the timer with exactly this id. */
  exactIndexOf(id: string): number | undefined {
    return this.#indexes.get(id)
  }

  /** The index of a timer; the id of a method stands for the first of its timers. */
  indexOf(id: string): number | undefined {
    const index = this.#timers.findIndex(({ timer }) => timer.id === id || methodId(timer.service, timer.method) === id)
    return this.#indexes.get(id) ?? (index < 0 ? undefined : index)
  }

  /** All counters, as they are now. */
  snapshot(): Snapshot {
    return this.#reader.snapshot()
  }

  /** The facts of these timers. Default: of all. */
  look(history: HistoryStore, indexes: readonly number[] = this.#timers.map((_, index) => index)): Look {
    const { clock, feed, serving } = this.#options
    const now = { mono: clock.now(), wall: clock.wallNow() }
    const snapshot = this.snapshot()
    const sources = {
      catalogue: serving.catalogue,
      methods: this.#methods,
      snapshot,
      pauses: feed.pauses,
      now,
      lastTicks: (index: number, most: number) => history.strip(index, most),
    }
    const facts = indexes.map((index) => {
      const { timer, pool } = this.#timers[index]!
      return timerFacts(index, timer, pool, sources)
    })
    return { facts, snapshot, now: now.wall }
  }

  /** When the next tick of any timer is due. */
  nextDueAt(): Millis | undefined {
    const snapshot = this.snapshot()
    const due = this.ids
      .map((_, index) => snapshot.word(snapshot.at('timers', index) + TIMER_ROW.at.nextTick))
      .filter((wall) => wall > 0)
    return due.length === 0 ? undefined : Math.min(...due)
  }
}
