/**
 * Keeps pauses in the coordination store, for all instances of the deployment.
 *
 *     list -> take over what others said -> write what was said here -> wait (or until something is said) -> list ...
 *
 * D1. What was said here is written under the version that was read before. When another instance has written meanwhile, the word
 *     with the later time counts.
 * D2. An end of a pause is a record too, kept for {@link KEEP_RESUMED}, so that others learn who ended it. A pause whose record is
 *     missing was lost by the store: it stays in effect and is written again.
 * D3. Before this instance acquires a lease or claims a tick for the first time, it has read the pauses, or was refused them.
 * D4. A request that fails is a problem until one succeeds, and is sent again.
 */
import { InterruptibleSleep } from '../../coordinate/interruptible-sleep.js'
import { type KeyValueStore, NO_VERSION, type StoredValue } from '../../coordinate/key-value/key-value.js'
import { StoreUnfitError } from '../../coordinate/store-unfit.js'
import { PostgresTablesError } from '../../coordinate/stores/postgres-tables.js'
import { withDeadline } from '../../coordinate/stores/with-deadline.js'
import { onceAborted, untilAborted } from '../../coordinate/until-aborted.js'
import type { Micros, Millis } from '../../kernel/time.js'
import type { LeadingGate } from '../leading/leading-gate.js'
import type { KeeperOptions, PauseKeeper } from './pause-keeper.js'
import { decodePause, encodePause, PAUSE_PREFIX } from './pause-value.js'

export interface DeploymentPausesOptions extends KeeperOptions {
  /** Time between two lists, and the limit of one request: `escapement.coordination.retry`. */
  readonly period: Micros
}

/** How long a start waits for the pauses. */
const START_DEADLINE: Micros = 5_000_000
const CLOSE_DEADLINE: Micros = 2_000_000
/** How soon a failed first list is sent again, at the latest. */
const FIRST_RETRY: Micros = 500_000
const KEEP_RESUMED: Millis = 7 * 86_400_000

export class DeploymentPauses implements PauseKeeper, LeadingGate {
  readonly kept = 'deployment'
  readonly #options: DeploymentPausesOptions
  readonly #sleeper: InterruptibleSleep
  /** Aborts when the pauses are known, or were refused. */
  readonly #settled = new AbortController()
  #values: KeyValueStore | undefined
  #running: Promise<void> | undefined
  #syncing: Promise<void> | undefined
  #isKnown = false
  #isDue = false
  #isClosed = false
  #failure: Error | undefined
  /** Entrypoints whose records are no pauses. */
  #unreadable: readonly string[] = []

  constructor(options: DeploymentPausesOptions) {
    this.#options = options
    this.#sleeper = new InterruptibleSleep(options.clock)
  }

  opened(values: KeyValueStore): void {
    this.#values = values
    this.#running = this.#run()
  }

  /** See D3. A store that is refused the pauses may be led on all the same; `problems` tells it. */
  async beforeLeading(signal: AbortSignal): Promise<void> {
    if (this.#isKnown) return
    const { clock, period } = this.#options
    await untilAborted(
      withDeadline(clock, period / 2, () => this.#sync()),
      signal,
    ).catch(() => {})
  }

  async loaded(): Promise<void> {
    if (!this.#running) return
    const late = new AbortController()
    const deadline = this.#options.clock.sleep(START_DEADLINE, late.signal).catch(() => {})
    await Promise.race([onceAborted(this.#settled.signal), deadline])
    late.abort()
  }

  changed(): void {
    this.#isDue = true
    this.#sleeper.interrupt()
  }

  get problems(): readonly string[] {
    const problems = this.#unreadable.map(
      (id) => `the pause of ${id} in the coordination store cannot be read: pause or resume it again`,
    )
    if (!this.#failure) return problems
    const unsaved = this.#options.book.unsaved().map(([id]) => id)
    const reason = this.#failure.message
    if (!this.#isKnown) {
      problems.push(`the pauses of the deployment are not known, so timers that are paused may run: ${reason}`)
    } else problems.push(`the pauses of the deployment cannot be read or written at present: ${reason}`)
    if (unsaved.length > 0) {
      problems.push(
        `what was said about pauses is not in the coordination store yet (${unsaved.join(', ')}): ${reason}`,
      )
    }
    return problems
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#sleeper.interrupt()
    const late = new AbortController()
    const deadline = this.#options.clock.sleep(CLOSE_DEADLINE, late.signal).catch(() => {})
    await Promise.race([this.#running, deadline])
    late.abort()
  }

  async #run(): Promise<void> {
    const { period, book } = this.#options
    for (;;) {
      const isLast = this.#isClosed
      if (isLast && book.unsaved().length === 0) return
      this.#isDue = false
      await this.#sync().catch(() => {})
      if (isLast) return
      if (!this.#isDue && !this.#isClosed)
        await this.#sleeper.sleep(this.#isKnown ? period : Math.min(period, FIRST_RETRY))
    }
  }

  /** Lists and writes; several callers share one. */
  #sync(): Promise<void> {
    this.#syncing ??= this.#listAndWrite()
      .then(
        () => {
          this.#failure = undefined
        },
        (error: Error) => {
          this.#fail(error)
          throw error
        },
      )
      .finally(() => {
        this.#syncing = undefined
      })
    return this.#syncing
  }

  async #listAndWrite(): Promise<void> {
    const { book, onSaved } = this.#options
    const found = await this.#request((values, signal) => values.list(PAUSE_PREFIX, signal))
    for (const { key, version } of this.#takeOver(found)) {
      await this.#request((values, signal) => values.delete(key, { ifVersion: version }, signal))
    }
    this.#isKnown = true
    this.#settled.abort()
    const saved: string[] = []
    for (const [id, { record, version = NO_VERSION }] of book.unsaved()) {
      const condition = { ifVersion: version }
      const value = encodePause(record)
      const answer = await this.#request((values, signal) => values.put(PAUSE_PREFIX + id, value, condition, signal))
      if (answer.kind === 'stored') {
        book.saved(id, record, answer.version)
        saved.push(id)
      } else {
        // Another instance came first: the next list shows its word.
        this.#isDue = true
      }
    }
    onSaved(saved)
  }

  /** Returns ends of pauses that everybody has seen. */
  #takeOver(found: readonly StoredValue[]): readonly StoredValue[] {
    const { book, clock } = this.#options
    const old: StoredValue[] = []
    const unreadable: string[] = []
    const ids = new Set<string>()
    for (const stored of found) {
      const id = stored.key.slice(PAUSE_PREFIX.length)
      const record = decodePause(stored.value)
      const entry = book.get(id)
      ids.add(id)
      if (!record) {
        unreadable.push(id)
        if (entry) book.seen(id, stored.version)
      } else if (entry && !entry.isSaved && record.at <= entry.record.at) book.seen(id, stored.version)
      else if (!record.isPaused && record.at < clock.wallNow() - KEEP_RESUMED && !entry) old.push(stored)
      else if (!entry?.isSaved || entry.version !== stored.version) book.adopt(id, record, stored.version)
    }
    for (const [id, entry] of book.list()) {
      if (ids.has(id)) continue
      if (entry.record.isPaused || !entry.isSaved) book.seen(id, undefined)
      else book.forget(id)
    }
    this.#unreadable = unreadable
    return old
  }

  #request<Answer>(send: (values: KeyValueStore, signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const { clock, period } = this.#options
    return withDeadline(clock, period, (signal) => send(this.#values!, signal))
  }

  #fail(error: Error): void {
    if (error instanceof StoreUnfitError || error instanceof PostgresTablesError) this.#settled.abort()
    const unsaved = this.#options.book.unsaved().map(([id]) => id)
    const isFirst = this.#failure === undefined
    this.#failure = error
    if (isFirst) this.#options.onFailure(unsaved, error)
  }
}
