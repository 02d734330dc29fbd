/**
 * The metrics of the services' own: what every thread tells of, added up, in the registry of the supervisor.
 *
 *     thread 1   orders_total 3  ---\
 *     thread 2   orders_total 4  ----+--->  orders_total 12
 *     kept from ended threads 5  ---/
 *
 * The values stand in memory that threads write to while they are read here. The JavaScript memory model would allow a
 * number of 8 bytes to be read half old and half new; on the 64-bit machines that Node runs on, reading or writing an
 * aligned one is a single instruction, so it is not.
 */
import { DROPPED, type MetricMessage, seriesLength, type UserMetricSpec } from '../kernel/metric-message.js'
import { type ExportedMetric, exported, type MetricsRegistry } from './exported-metric.js'
import { METRICS } from './metric-table.js'
import { UserFamily } from './user-family.js'

export interface UserMetricsOptions {
  readonly registry: MetricsRegistry
  /** Called with a sentence, once for each, when a metric cannot be exported because its name stands for another. */
  readonly onConflict: (text: string) => void
}

interface ThreadMemory {
  readonly chunks: Float64Array[]
  /** By the thread's numbers; undefined for those that are in conflict. */
  readonly families: (UserFamily | undefined)[]
  /** The series of this thread, to let go of. */
  readonly series: { readonly family: UserFamily; readonly labels: readonly string[]; readonly numbers: Float64Array }[]
  hasEnded: boolean
}

export class UserMetrics {
  /** What was left out. To be registered by whoever registers the supervisor's other metrics. */
  readonly dropped: ExportedMetric
  readonly #options: UserMetricsOptions
  readonly #families = new Map<string, UserFamily>()
  readonly #live = new Set<ThreadMemory>()
  /** Also of threads that have ended, for as long as anybody knows them: their last messages may come late. */
  readonly #threads = new WeakMap<object, ThreadMemory>()
  readonly #reported = new Set<string>()
  #droppedByEnded = 0
  #conflicts = 0
  #isStopped = false

  constructor(options: UserMetricsOptions) {
    this.#options = options
    this.dropped = exported(METRICS.userMetricsDropped, (tell) => {
      let dropped = this.#droppedByEnded
      for (const { chunks } of this.#live) dropped += chunks[0]?.[DROPPED] ?? 0
      tell({ reason: 'too_many_series' }, dropped)
      tell({ reason: 'conflict' }, this.#conflicts)
    })
  }

  /** Hears what a thread tells. `thread` stands for it: the same object every time, and none that is used again. */
  take(thread: object, message: MetricMessage): void {
    if (this.#isStopped) return
    const memory = this.#memoryOf(thread)
    switch (message.kind) {
      case 'chunk':
        memory.chunks.push(new Float64Array(message.memory))
        if (memory.hasEnded && memory.chunks.length === 1) this.#droppedByEnded += memory.chunks[0]![DROPPED]!
        break
      case 'metric':
        memory.families.push(this.#familyOf(message.spec))
        break
      case 'series': {
        const family = memory.families[message.metric]
        if (!family) break
        const { offset, labels } = message
        const numbers = memory.chunks[message.chunk]!.subarray(offset, offset + seriesLength(family.spec))
        family.add(labels, numbers)
        if (memory.hasEnded) family.retire(labels, numbers)
        else memory.series.push({ family, labels, numbers })
      }
    }
  }

  /**
   * The thread has ended and will never write again: what it counted is kept, its gauges are gone. Its memory goes with
   * `thread` itself. Idempotent.
   */
  retire(thread: object): void {
    const memory = this.#memoryOf(thread)
    if (memory.hasEnded) return
    memory.hasEnded = true
    this.#live.delete(memory)
    this.#droppedByEnded += memory.chunks[0]?.[DROPPED] ?? 0
    for (const { family, labels, numbers } of memory.series.splice(0)) family.retire(labels, numbers)
  }

  /** Takes the metrics out of the registry and hears no more. Idempotent. */
  stop(): void {
    this.#isStopped = true
    for (const family of this.#families.values()) family.unregister(this.#options.registry)
    this.#families.clear()
    this.#live.clear()
  }

  #memoryOf(thread: object): ThreadMemory {
    let memory = this.#threads.get(thread)
    if (!memory) {
      memory = { chunks: [], families: [], series: [], hasEnded: false }
      this.#threads.set(thread, memory)
      this.#live.add(memory)
    }
    return memory
  }

  /** The metric of that name, registered if it is new; undefined when the name stands for something else. */
  #familyOf(spec: UserMetricSpec): UserFamily | undefined {
    const known = this.#families.get(spec.name)
    const conflict = known ? known.conflictWith(spec) : this.#takenBy(spec)
    if (conflict !== undefined) {
      this.#conflicts++
      this.#report(`the ${spec.type} ${spec.name} of a service is left out: ${conflict}`)
      return undefined
    }
    if (known) return known
    const family = new UserFamily(spec)
    family.register(this.#options.registry)
    this.#families.set(spec.name, family)
    return family
  }

  /** Who has the name, or one of the names that a histogram has besides its own. */
  #takenBy({ name, type }: UserMetricSpec): string | undefined {
    const { registry } = this.#options
    const own = type === 'histogram' ? [name, ...SUFFIXES.map((suffix) => name + suffix)] : [name]
    const taken = own.find((candidate) => registry.getSingleMetric(candidate))
    if (taken !== undefined) return `the registry already has a metric ${taken}`
    const suffix = SUFFIXES.find((candidate) => name.endsWith(candidate))
    if (suffix === undefined) return undefined
    const histogram = registry.getSingleMetric(name.slice(0, -suffix.length)) as { readonly type?: string } | undefined
    return histogram?.type === 'histogram' ? 'a histogram has series of that name' : undefined
  }

  #report(text: string): void {
    if (this.#reported.has(text)) return
    this.#reported.add(text)
    this.#options.onConflict(text)
  }
}

/** What a histogram's series are called besides. */
const SUFFIXES = ['_bucket', '_sum', '_count']
