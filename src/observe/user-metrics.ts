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
  /** Called once for each reason why something is not exported; `text` explains it. */
  readonly onConflict: (text: string) => void
  /** How many series the metrics of one service may have, those of ended threads included. Default: 10,000. */
  readonly maxSeries?: number
}

/** Why the updates of a series are lost. */
type Loss = 'too_many_series' | 'conflict'

/** A metric as one thread has declared it. */
interface DeclaredMetric {
  readonly service: string
  readonly spec: UserMetricSpec
  /** Undefined when another metric has its name. */
  readonly family: UserFamily | undefined
}

interface ThreadMemory {
  readonly chunks: Float64Array[]
  /** Indexed by the number that the thread gave each metric. */
  readonly metrics: DeclaredMetric[]
  /** The series of this thread, to be retired when it ends. */
  readonly series: { readonly family: UserFamily; readonly labels: readonly string[]; readonly numbers: Float64Array }[]
  /** The series of this thread that are not exported, with their numbers of updates. */
  readonly lost: { readonly loss: Loss; readonly updates: Float64Array }[]
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
  /** How many series each service has. */
  readonly #counts = new Map<string, number>()
  readonly #maxSeries: number
  readonly #lostByEnded: Record<Loss, number> = { too_many_series: 0, conflict: 0 }
  #isStopped = false

  constructor(options: UserMetricsOptions) {
    this.#options = options
    this.#maxSeries = options.maxSeries ?? MAX_SERIES
    this.dropped = exported(METRICS.userMetricsDropped, (add) => {
      const lost = { ...this.#lostByEnded }
      for (const memory of this.#live) addLost(lost, memory)
      add({ reason: 'too_many_series' }, lost.too_many_series)
      add({ reason: 'conflict' }, lost.conflict)
    })
  }

  /** Handles a message of a thread. `thread` identifies it: always the same object, never used for another thread. */
  take(thread: object, message: MetricMessage): void {
    if (this.#isStopped) return
    const memory = this.#memoryOf(thread)
    switch (message.kind) {
      case 'chunk':
        memory.chunks.push(new Float64Array(message.memory))
        if (memory.hasEnded && memory.chunks.length === 1) {
          this.#lostByEnded.too_many_series += memory.chunks[0]![DROPPED]!
        }
        break
      case 'metric':
        memory.metrics.push({ ...message, family: this.#familyOf(message.spec) })
        break
      case 'series':
        this.#addSeries(memory, message)
    }
  }

  #addSeries(memory: ThreadMemory, { metric, chunk, offset, labels }: MetricMessage & { kind: 'series' }): void {
    const { family, service, spec } = memory.metrics[metric]!
    const end = offset + seriesLength(spec)
    const loss = this.#lossOf(family, service, labels)
    if (loss || !family) {
      const lost = { loss: loss ?? ('conflict' as const), updates: memory.chunks[chunk]!.subarray(end, end + 1) }
      if (memory.hasEnded) this.#lostByEnded[lost.loss] += lost.updates[0]!
      else memory.lost.push(lost)
      return
    }
    const numbers = memory.chunks[chunk]!.subarray(offset, end)
    if (!family.has(labels)) this.#count(service, 1)
    family.add(labels, numbers, service)
    if (memory.hasEnded) this.#retireSeries({ family, labels, numbers })
    else memory.series.push({ family, labels, numbers })
  }

  #lossOf(family: UserFamily | undefined, service: string, labels: readonly string[]): Loss | undefined {
    if (!family) return 'conflict'
    if (family.has(labels) || (this.#counts.get(service) ?? 0) < this.#maxSeries) return undefined
    this.#report(
      `the metrics of ${service} have ${this.#maxSeries} series, the most that one service may have: further ones are not exported, and their updates are counted in ${METRICS.userMetricsDropped.name}. Use labels with few values, never ids`,
    )
    return 'too_many_series'
  }

  #count(service: string, by: number): void {
    this.#counts.set(service, (this.#counts.get(service) ?? 0) + by)
  }

  #retireSeries({ family, labels, numbers }: ThreadMemory['series'][number]): void {
    const owner = family.retire(labels, numbers)
    if (owner !== undefined) this.#count(owner, -1)
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
    addLost(this.#lostByEnded, memory)
    memory.lost.length = 0
    for (const series of memory.series.splice(0)) this.#retireSeries(series)
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
      memory = { chunks: [], metrics: [], series: [], lost: [], hasEnded: false }
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

function addLost(sums: Record<Loss, number>, { chunks, lost }: ThreadMemory): void {
  sums.too_many_series += chunks[0]?.[DROPPED] ?? 0
  for (const { loss, updates } of lost) sums[loss] += updates[0]!
}

const MAX_SERIES = 10_000

/** A histogram's series have its name with these suffixes. */
const SUFFIXES = ['_bucket', '_sum', '_count']
