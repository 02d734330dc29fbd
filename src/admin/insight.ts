/**
 * What the admin thread knows about the engine, as the views of the API: of the counters, the recent ticks, the definitions, and what
 * the main thread tells of itself.
 *
 * It reads shared memory, and asks the main thread only about its threads and its health, at most once a second and only while
 * somebody looks.
 */
import type { Clock } from '../kernel/clock.js'
import type { Health } from '../kernel/health.js'
import type { ErrorNote, LineNote, RunNotes } from '../kernel/output/run-notes.js'
import { type Micros, type Millis, microsFromSeconds } from '../kernel/time.js'
import type { Serving } from '../observe/admin-protocol.js'
import { LEVELS } from '../observe/changes/change.js'
import { dueMoments } from '../schedule/plan/due-moments.js'
import { planOf } from '../schedule/plan/plan.js'
import type {
  Change,
  EntrypointDetail,
  Entrypoints,
  Lease,
  Members,
  Plan,
  Service,
  Status,
  Thread,
  Tick,
  Why,
} from './api/schemas.js'
import type { EntrypointQuery, StreamedCell, TickQuery, Views } from './api/views.js'
import { FactsReader } from './facts-reader.js'
import type { EndedTick, HistoryStore } from './history/history-store.js'
import { MemoryHistory } from './history/memory-history.js'
import { RingFollower } from './history/ring-follower.js'
import { lasting } from './lasting.js'
import type { MainFeed } from './main-feed.js'
import type { MainThread } from './main-thread.js'
import { optionWords } from './views/definition-words.js'
import { leaseViews, memberViews, serviceViews, statusView } from './views/engine-views.js'
import { concerns, type EntrypointHistory, entrypointView, worstFirst } from './views/entrypoint-view.js'
import { stallEvidence } from './views/stall-evidence.js'
import { cellOf, ENDS, foldView, tickView } from './views/tick-view.js'
import type { TimerFacts } from './views/timer-facts.js'
import { timerStatus } from './views/timer-status.js'
import { whyOf } from './views/why.js'
import { startDeadline } from './views/why-tick.js'

export interface InsightOptions {
  readonly serving: Pick<Serving, 'catalogue' | 'memory' | 'recent' | 'services' | 'process'>
  readonly feed: Pick<MainFeed, 'changes' | 'pauses' | 'onChange'>
  readonly main: Pick<MainThread, 'threads' | 'health'>
  readonly clock: Pick<Clock, 'now' | 'wallNow' | 'after'>
  /** Number of notes about runs that were dropped on their way. */
  readonly droppedNotes: () => number
}

const CELLS = 60
const TICKS = 200
/** How old an answer about the health may be. */
const HEALTH_LASTS: Micros = microsFromSeconds(1)
/** How far a window is looked for. */
const WINDOW_HORIZON: Millis = 8 * 86_400_000

export class Insight implements RunNotes, Views {
  readonly ids: readonly string[]
  readonly ends = ENDS
  readonly #options: InsightOptions
  readonly #store: HistoryStore
  readonly #follower: RingFollower
  readonly #reader: FactsReader
  readonly #listeners = new Set<(cells: readonly StreamedCell[]) => void>()
  readonly #health: () => Promise<Health>

  constructor(options: InsightOptions) {
    this.#options = options
    this.#health = lasting(() => options.main.health(), HEALTH_LASTS, options.clock)
    this.#reader = new FactsReader(options)
    this.ids = this.#reader.ids
    this.#store = new MemoryHistory(this.ids.length)
    this.#follower = new RingFollower({
      memory: options.serving.recent,
      store: this.#store,
      clock: options.clock,
      nextDueAt: () => this.#reader.nextDueAt(),
      isFollowed: () => this.#listeners.size > 0,
      onTicks: (ticks) => this.#tell(ticks),
    })
  }

  /** Begins to follow the recent ticks. */
  start(): void {
    this.#follower.start()
  }

  stop(): void {
    this.#follower.stop()
  }

  /** Notes about timers that it does not know are passed over: they belong to the engine before. */
  error({ entrypoint, sequence, error }: ErrorNote): void {
    const index = this.#reader.exactIndexOf(entrypoint)
    if (index !== undefined) this.#store.error(index, sequence, error)
  }

  line({ entrypoint, sequence, line }: LineNote): void {
    const index = this.#reader.exactIndexOf(entrypoint)
    if (index !== undefined) this.#store.line(index, sequence, line)
  }

  /** Calls back with the ticks of each look at the shared memory that found some. The result ends that. */
  onTicks(listener: (cells: readonly StreamedCell[]) => void): () => void {
    this.#listeners.add(listener)
    this.#follower.start()
    return () => void this.#listeners.delete(listener)
  }

  onChange(listener: (change: Change) => void): () => void {
    return this.#options.feed.onChange(listener)
  }

  async status(canControl: boolean): Promise<Status> {
    const { main, serving } = this.#options
    const [threads, health] = await Promise.all([main.threads(), this.#health()])
    const { facts, snapshot, now } = this.#look()
    const { catalogue, process } = serving
    return statusView({
      situation: { timers: facts, threads, health },
      catalogue,
      snapshot,
      process,
      services: serving.services.length,
      canControl,
      dropped: { ...this.#store.drops, notes: this.#options.droppedNotes() },
      now,
    })
  }

  async entrypoints({ q, service, level, cells = CELLS }: EntrypointQuery = {}): Promise<Entrypoints> {
    const { facts, now } = this.#look()
    const chosen = facts
      .filter(
        ({ timer }) =>
          (q === undefined || timer.id.toLowerCase().includes(q.toLowerCase())) &&
          (service === undefined || timer.service === service),
      )
      .map((one) => ({ facts: one, status: timerStatus(one, now) }))
      .filter(({ status }) => level === undefined || LEVELS.indexOf(status.level) >= LEVELS.indexOf(level))
    const rows = worstFirst(chosen, now).map((one) => entrypointView(one, this.#historyOf(one.facts.index, cells)))
    return { at: now, ends: [...ENDS], entrypoints: rows }
  }

  /** Undefined: there is no such timer. The id of a method stands for the first of its timers. */
  async entrypoint(id: string): Promise<EntrypointDetail | undefined> {
    const index = this.#reader.indexOf(id)
    if (index === undefined) return undefined
    const why = await this.#why(index)
    const { facts, now } = this.#look([index])
    const [one] = facts as [TimerFacts]
    const { timer } = one
    const view = (tick: Parameters<typeof tickView>[0]) => tickView(tick, timer.id)
    const history = this.#historyOf(index, CELLS)
    return {
      entrypoint: entrypointView({ facts: one, status: timerStatus(one, now) }, history),
      options: optionWords(timer, startDeadline(one)),
      ticks: this.#store.ticks({ entrypoint: index, limit: TICKS }).map(view),
      problems: history.problems.map(view),
      errors: this.#store.errors(index).map((fold) => foldView(fold, timer.id)),
      why,
      changes: this.changes().filter((change) => concerns(change, timer)),
    }
  }

  async why(id: string): Promise<Why | undefined> {
    const index = this.#reader.indexOf(id)
    return index === undefined ? undefined : this.#why(index)
  }

  ticks({ entrypoint, limit = TICKS, ...query }: TickQuery): { readonly ticks: Tick[] } {
    this.#follower.poll()
    const index = entrypoint === undefined ? undefined : this.#reader.indexOf(entrypoint)
    if (entrypoint !== undefined && index === undefined) return { ticks: [] }
    const found = this.#store.ticks({ ...query, limit, ...(index !== undefined && { entrypoint: index }) })
    return { ticks: found.map((one) => tickView(one, this.ids[one.tick.entrypoint]!)) }
  }

  services(): Service[] {
    const { catalogue, services } = this.#options.serving
    return serviceViews(services, catalogue, this.#reader.snapshot())
  }

  async threads(): Promise<Thread[]> {
    const threads = (await this.#options.main.threads()) ?? []
    return threads.map((thread) => ({ ...thread, services: [...thread.services] }))
  }

  leases(): { readonly leases: Lease[]; readonly members: Members[] } {
    const { feed, serving } = this.#options
    const snapshot = this.#reader.snapshot()
    return {
      leases: leaseViews(serving.catalogue, snapshot, feed.changes),
      members: memberViews(serving.catalogue, snapshot),
    }
  }

  /** Newest first. */
  changes(since: Millis = Number.NEGATIVE_INFINITY): Change[] {
    return this.#options.feed.changes.filter(({ at }) => at >= since).toReversed()
  }

  plan({ forMs, entrypoint }: { readonly forMs: Millis; readonly entrypoint?: string }): Plan {
    const { facts, now } = this.#look()
    const due = new Map(facts.map(({ timer, nextDueAt }) => [timer.id, nextDueAt]))
    const plan = planOf(this.#options.serving.services, {
      from: now,
      to: now + forMs,
      start: now,
      nextDue: (id) => due.get(id),
      ...(entrypoint !== undefined && { entrypoint }),
    })
    return {
      ...plan,
      ticks: [...plan.ticks],
      herds: plan.herds.map((herd) => ({ ...herd, entrypoints: [...herd.entrypoints] })),
    }
  }

  async #why(index: number): Promise<Why> {
    const { feed, main } = this.#options
    const [threads, health] = await Promise.all([main.threads(), this.#health()])
    const { facts, now } = this.#look([index])
    const [one] = facts as [TimerFacts]
    const { timer, nextDueAt } = one
    const span = { from: now, to: now + WINDOW_HORIZON }
    const nextInWindow = timer.window
      ? dueMoments(timer, span, { start: now, nextDue: () => nextDueAt }).next().value
      : undefined
    const ticks = this.#store.ticks({ entrypoint: index, limit: TICKS })
    const all = () => this.#look().facts
    const evidence = stallEvidence(ticks, { store: this.#store, changes: feed.changes, all })
    const [lastError] = this.#store.errors(index)
    const sources = { facts: one, ticks, lastError, threads, health, nextInWindow: nextInWindow ?? undefined, evidence }
    return whyOf(sources, now)
  }

  /** @param cells how many of the last ticks the strip has; 0: no strip. */
  #historyOf(index: number, cells: number): EntrypointHistory {
    const store = this.#store
    const strip = cells > 0 ? store.strip(index, cells) : undefined
    return { problems: store.problems(index), spans: store.spans(index), strip }
  }

  /** The facts of these timers. Default: of all. */
  #look(indexes?: readonly number[]) {
    this.#follower.poll()
    return this.#reader.look(this.#store, indexes)
  }

  #tell(ticks: readonly EndedTick[]): void {
    if (this.#listeners.size === 0) return
    const cells = ticks.map((tick): StreamedCell => [tick.entrypoint, ...cellOf(tick)])
    for (const tell of this.#listeners) tell(cells)
  }
}
