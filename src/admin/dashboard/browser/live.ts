/**
 * Keeps {@link LiveState} up to date: the event stream brings cells, changes and the status, requests bring the rest. While the page
 * is hidden nothing is asked for.
 */
import type {
  Change,
  EntrypointDetail,
  Entrypoints,
  Lease,
  Members,
  Service,
  Status,
  Thread,
} from '../../api/schemas.js'
import type { StreamEvent } from '../model/event-stream.js'
import { type StreamedCell, withFacts, withTicks } from '../model/rows.js'
import { STRIP_CELLS } from '../model/strip.js'
import { type Api, Refused } from './api.js'
import { every, now } from './browser-clock.js'
import { CHANGES_KEPT, type LiveState, NOTHING_KNOWN } from './live-state.js'
import { LiveStream } from './live-stream.js'

const FACTS_EVERY_MS = 3_000
const DETAIL_EVERY_MS = 1_000

export class Live {
  state: LiveState = NOTHING_KNOWN
  readonly #api: Api
  readonly #onChange: () => void
  #stream: LiveStream | undefined
  /** The order of the entrypoints in the event stream. */
  #ids: readonly string[] = []
  #lastHeard = now()
  #isAsking = false
  /** Strips and all else were loaded since the connection was made. */
  #hasAll = false
  /** The shown entrypoint had ticks since its detail was asked for. */
  #hasNewTicks = false
  #detailAskedAt = 0
  #factsAskedAt = 0

  constructor(api: Api, onChange: () => void) {
    this.#api = api
    this.#onChange = onChange
    every(DETAIL_EVERY_MS, () => void this.#refresh())
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#close() : this.open()))
  }

  /** What the server's clock says now. */
  get now(): number {
    return now() + this.#skew
  }
  #skew = 0

  /** Connects, or connects anew after the token changed. */
  open(): void {
    this.#close()
    this.#stream = new LiveStream({
      open: (signal) => this.#api.events(signal),
      onEvent: (event) => this.#take(event),
      onBroken: (problem) => this.#set({ connection: { state: 'stale', since: this.#lastHeard, problem } }),
      onLocked: (problem) => this.#set({ connection: { state: 'locked', problem } }),
    })
  }

  #close(): void {
    this.#stream?.close()
    this.#stream = undefined
  }

  /** Shows one entrypoint alone; undefined for the list. */
  show(id: string | undefined): void {
    const { shown } = this.state
    if (id === undefined) this.#set({ shown: { state: 'none' } })
    else if (shown.state === 'none' || shown.id !== id) this.#set({ shown: { state: 'loading', id } })
    this.refreshNow()
  }

  refreshNow(): void {
    this.#factsAskedAt = 0
    this.#detailAskedAt = 0
    void this.#refresh()
  }

  #set(part: Partial<LiveState>): void {
    this.state = { ...this.state, ...part }
    this.#onChange()
  }

  #take({ event, data }: StreamEvent): void {
    this.#lastHeard = now()
    if (this.state.connection.state !== 'live') this.#set({ connection: { state: 'live' } })
    const content: unknown = JSON.parse(data)
    switch (event) {
      case 'hello':
        this.#ids = (content as { readonly entrypoints: readonly string[] }).entrypoints
        this.#hasAll = false
        void this.#refresh()
        break
      case 'ticks':
        this.#takeTicks((content as { readonly cells: readonly StreamedCell[] }).cells)
        break
      case 'change':
        this.#set({ changes: [content as Change, ...this.state.changes].slice(0, CHANGES_KEPT) })
        break
      case 'status':
        this.#takeStatus(content as Status)
    }
  }

  #takeStatus(status: Status): void {
    this.#skew = status.at - now()
    this.#set({ status })
  }

  #takeTicks(cells: readonly StreamedCell[]): void {
    const { shown, rows } = this.state
    this.#hasNewTicks ||= shown.state !== 'none' && cells.some(([index]) => this.#ids[index] === shown.id)
    this.#set({ rows: withTicks(rows, this.#ids, cells) })
  }

  /** Everything, after a connection was made. */
  async #loadAll(): Promise<void> {
    await this.#ask(async () => {
      const [status, entrypoints, { services }, { changes }] = await Promise.all([
        this.#api.get<Status>('api/status'),
        this.#api.get<Entrypoints>(`api/entrypoints?cells=${STRIP_CELLS}`),
        this.#api.get<{ readonly services: readonly Service[] }>('api/services'),
        this.#api.get<{ readonly changes: readonly Change[] }>('api/changes'),
      ])
      this.#set({
        rows: withFacts(this.state.rows, entrypoints),
        services,
        changes: [...changes].sort((a, b) => b.at - a.at),
      })
      this.#takeStatus(status)
      this.#hasAll = true
    })
  }

  /** What the event stream does not bring, when it is old enough. */
  async #refresh(): Promise<void> {
    if (this.#isAsking || document.hidden || this.state.connection.state !== 'live') return
    this.#isAsking = true
    try {
      if (!this.#hasAll) await this.#loadAll()
      if (this.state.shown.state !== 'none') await this.#refreshDetail(this.state.shown.id)
      else if (now() - this.#factsAskedAt >= FACTS_EVERY_MS) await this.#refreshFacts()
    } finally {
      this.#isAsking = false
    }
  }

  async #refreshFacts(): Promise<void> {
    this.#factsAskedAt = now()
    await this.#ask(async () => {
      const [entrypoints, { services }, { threads }, { leases, members }] = await Promise.all([
        this.#api.get<Entrypoints>('api/entrypoints?cells=0'),
        this.#api.get<{ readonly services: readonly Service[] }>('api/services'),
        this.#api.get<{ readonly threads: readonly Thread[] }>('api/threads'),
        this.#api.get<{ readonly leases: readonly Lease[]; readonly members: readonly Members[] }>('api/leases'),
      ])
      this.#set({ rows: withFacts(this.state.rows, entrypoints), services, threads, leases, members })
    })
  }

  async #refreshDetail(id: string): Promise<void> {
    if (!this.#hasNewTicks && now() - this.#detailAskedAt < FACTS_EVERY_MS) return
    this.#hasNewTicks = false
    this.#detailAskedAt = now()
    await this.#ask(async () => {
      const shown = await this.#detailOf(id)
      const { shown: wanted } = this.state
      if (wanted.state !== 'none' && wanted.id === id) this.#set({ shown })
    })
  }

  async #detailOf(id: string): Promise<LiveState['shown']> {
    try {
      const detail = await this.#api.get<EntrypointDetail>(`api/entrypoints/${encodeURIComponent(id)}`)
      return { state: 'loaded', id, detail }
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404) throw error
      return { state: 'unknown', id, problem: error.message }
    }
  }

  /** A request that fails is not lost silently: the page says that it is stale until the stream is heard again. */
  async #ask(request: () => Promise<void>): Promise<void> {
    try {
      await request()
    } catch (error) {
      const problem = error instanceof Refused ? error.message : 'the server cannot be reached'
      this.#set({ connection: { state: 'stale', since: this.#lastHeard, problem } })
    }
  }
}
