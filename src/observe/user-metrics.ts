/**
 * The metrics that services declare: the values of all threads, added up, in the registry of the supervisor.
 *
 *     thread 1   orders_total 3  ---\
 *     thread 2   orders_total 4  ----+--->  orders_total 12
 *     kept from ended threads 5  ---/
 *
 * The values are in shared memory that threads write while this class reads. The JavaScript memory model would allow a
 * read to return half of the old and half of the new 8 bytes. On the 64-bit machines that Node supports this does not
 * happen, because an aligned 8-byte read or write is a single instruction.
 */
import { DROPPED, type MetricMessage, seriesLength, type UserMetricSpec } from '../kernel/metric-message.js'
import { type ExportedMetric, exported, type MetricsRegistry } from './exported-metric.js'
import { METRICS } from './metric-table.js'
import { UserFamily } from './user-family.js'

export interface UserMetricsOptions {
  readonly registry: MetricsRegistry
  /** Called once per metric that cannot be exported because another metric has its name; `text` explains the conflict. */
  readonly onConflict: (text: string) => void
}

interface ThreadMemory {
  readonly chunks: Float64Array[]
  /** Indexed by the number that the thread gave each metric; undefined for a metric with a conflict. */
  readonly families: (UserFamily | undefined)[]
  /** The series of this thread, to be retired when it ends. */
  readonly series: { readonly family: UserFamily; readonly labels: readonly string[]; readonly numbers: Float64Array }[]
  hasEnded: boolean
}

export class UserMetrics {
  /** Counts dropped updates. The caller registers it together with the supervisor's other metrics. */
  readonly dropped: ExportedMetric
  readonly #options: UserMetricsOptions
  readonly #families = new Map<string, UserFamily>()
  readonly #live = new Set<ThreadMemory>()
  /** Includes ended threads until they are garbage collected: their last messages may arrive late. */
  readonly #threads = new WeakMap<object, ThreadMemory>()
  readonly #reported = new Set<string>()
  #droppedByEnded = 0
  #conflicts = 0
  #isStopped = false

  constructor(options: UserMetricsOptions) {
    this.#options = options
    this.dropped = exported(METRICS.userMetricsDropped, (add) => {
      let dropped = this.#droppedByEnded
      for (const { chunks } of this.#live) dropped += chunks[0]?.[DROPPED] ?? 0
      add({ reason: 'too_many_series' }, dropped)
      add({ reason: 'conflict' }, this.#conflicts)
    })
  }

  /** Handles a message of a thread. `thread` identifies it: always the same object, never used for another thread. */
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
   * Called when the thread has ended and cannot write any more: keeps its counts and drops its gauges. Its memory is freed
   * together with `thread`. Idempotent.
   */
  retire(thread: object): void {
    const memory = this.#memoryOf(thread)
    if (memory.hasEnded) return
    memory.hasEnded = true
    this.#live.delete(memory)
    this.#droppedByEnded += memory.chunks[0]?.[DROPPED] ?? 0
    for (const { family, labels, numbers } of memory.series.splice(0)) family.retire(labels, numbers)
  }

  /** Removes the metrics from the registry and ignores later messages. Idempotent. */
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

  /** The metric of that name, registered if it is new; undefined when another metric has the name. */
  #familyOf(spec: UserMetricSpec): UserFamily | undefined {
    const known = this.#families.get(spec.name)
    const conflict = known ? known.conflictWith(spec) : this.#takenBy(spec)
    if (conflict !== undefined) {
      this.#conflicts++
      this.#report(`the ${spec.type} ${spec.name} of a service is not exported: ${conflict}`)
      return undefined
    }
    if (known) return known
    const family = new UserFamily(spec)
    family.register(this.#options.registry)
    this.#families.set(spec.name, family)
    return family
  }

  /** Which metric of the registry already has the name, or one of the suffixed names that a histogram needs. */
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

/** A histogram's series have its name with these suffixes. */
const SUFFIXES = ['_bucket', '_sum', '_count']
