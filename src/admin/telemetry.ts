/** What the admin thread serves: the registry with all metrics, and the HTTP server. */
import { Registry } from 'prom-client'
import { systemClock } from '../kernel/clock.js'
import type { MetricMessage } from '../kernel/metric-message.js'
import type { OutputMemory } from '../kernel/output/output-memory.js'
import type { Micros } from '../kernel/time.js'
import { toWireError } from '../kernel/wire-error/wire-error.js'
import type { AdminCounts } from '../observe/admin-counts.js'
import { notifyMetrics, readerMetrics } from '../observe/admin-metrics.js'
import type { FromAdmin, Serving } from '../observe/admin-protocol.js'
import { addMainThreadMetrics } from '../observe/main-thread-metrics.js'
import { createMetrics } from '../observe/metrics.js'
import { outputDrops } from '../observe/output-drops.js'
import { UserMetrics } from '../observe/user-metrics.js'
import { addWholeProcessMetrics } from '../observe/whole-process-metrics.js'
import { Insight } from './insight.js'
import { MainFeed } from './main-feed.js'
import type { MainThread } from './main-thread.js'
import { Notifier, notifies } from './notify/notifier.js'
import type { EarlyNotes } from './output/early-notes.js'
import { createHttpServer, type HttpServer } from './server.js'

export interface TelemetryOptions {
  readonly main: MainThread
  readonly outputMemory: OutputMemory
  readonly counts: AdminCounts
  readonly post: (message: FromAdmin) => void
}

export class Telemetry {
  /** What the main thread tells of itself. */
  readonly feed = new MainFeed()
  readonly #options: TelemetryOptions
  readonly #registry = new Registry()
  readonly #userMetrics: UserMetrics
  readonly #servers: HttpServer[] = []
  #notifier: Notifier | undefined
  #hasProcessMetrics = false
  /** What is known of the engine that is served. */
  #insight: Insight | undefined
  /** Identifies each host thread to {@link UserMetrics}. */
  readonly #threads = new Map<number, object>()

  constructor(options: TelemetryOptions) {
    this.#options = options
    this.#userMetrics = new UserMetrics({
      registry: this.#registry,
      onConflict: (text) => options.post({ kind: 'problem', text }),
    })
  }

  take(thread: number, message: MetricMessage): void {
    this.#userMetrics.take(this.#threadOf(thread), message)
  }

  threadEnded(thread: number): void {
    this.#userMetrics.retire(this.#threadOf(thread))
    this.#threads.delete(thread)
  }

  /** Posts `listening` or `not_listening`. From now on the notes about runs are for the history of this engine. */
  async serve(serving: Serving, notes: Pick<EarlyNotes, 'passTo'>): Promise<void> {
    const { catalogue, memory, processMetrics } = serving
    this.feed.begin(serving)
    const { main, outputMemory, counts, post } = this.#options
    this.#insight?.stop()
    const clock = systemClock()
    const insight = new Insight({
      serving,
      feed: this.feed,
      main,
      clock,
      droppedNotes: () => outputMemory.droppedNotes,
    })
    this.#insight = insight
    insight.start()
    notes.passTo(insight)
    const sample = () => main.sample()
    const metrics = createMetrics({
      registry: this.#registry,
      catalogue,
      memory,
      refresh: () => sample().then(() => {}),
      others: [
        this.#userMetrics.dropped,
        outputDrops(outputMemory),
        ...readerMetrics(counts),
        ...(notifies(serving) ? notifyMetrics(counts) : []),
      ],
    })
    const logger = {
      error: ({ err }: { readonly err: unknown }, text: string) =>
        post({ kind: 'problem', text, error: toWireError(err) }),
    }
    // Before it listens: a scrape has all metrics or finds nobody.
    if (processMetrics && !this.#hasProcessMetrics) {
      addWholeProcessMetrics(this.#registry)
      addMainThreadMetrics(this.#registry, sample)
    }
    this.#hasProcessMetrics = true
    try {
      const server = await createHttpServer({
        ...serving,
        registry: this.#registry,
        health: () => main.health(),
        logger,
        api: {
          views: insight,
          control: (command) => main.control(command),
          clock,
          onReaderDropped: () => this.#readerDropped(),
        },
      })
      this.#servers.push(server)
      this.#notify(serving)
      const { port, url } = server.address
      post({ kind: 'listening', port, url })
    } catch (error) {
      metrics.stop()
      post({ kind: 'not_listening', error: toWireError(error) })
    }
  }

  /**
   * Ends all connections, and sends the notifications that wait, for at most `within`; resolves to the number of those that are lost.
   *
   * A thread must not end while it has connections: the HTTP parser of Node aborts the whole process when it is called on a thread
   * that is being ended (https://github.com/nodejs/node/issues/38418).
   */
  async finish(within: Micros): Promise<number> {
    const closed = Promise.all(this.#servers.map((server) => server.close()))
    const lost = (await this.#notifier?.finish(within)) ?? 0
    await closed
    return lost
  }

  #notify(serving: Serving): void {
    if (!notifies(serving)) return
    const { main, counts, post } = this.#options
    this.#notifier?.stop()
    this.#notifier = new Notifier({
      ...serving,
      ...serving.process,
      clock: systemClock(),
      health: () => main.health(),
      counts,
      onProblem: (text, error) =>
        post({ kind: 'problem', text, ...(error !== undefined && { error: toWireError(error) }) }),
    })
  }

  #readerDropped(): void {
    const { counts, post } = this.#options
    counts.readerDropped()
    const text = `a reader of /api/events did not keep up and was disconnected; ${counts.readersDropped} since the start`
    post({ kind: 'problem', text })
  }

  #threadOf(thread: number): object {
    const known = this.#threads.get(thread) ?? {}
    this.#threads.set(thread, known)
    return known
  }
}
