/**
 * The memory for the metrics of a thread, which the main thread reads too: see kernel/metric-message.ts.
 *
 * Memory is allocated in chunks of growing size: a service with a handful of counters takes 2 KB. A series keeps its
 * location until the thread ends.
 *
 *     chunk 0  | dropped | series | series | ...      256 numbers
 *     chunk 1  | series | series | ...                512 numbers, then twice as many each time up to 16,384
 */
import { DROPPED, type MetricMessage, seriesLength, type UserMetricSpec } from '../kernel/metric-message.js'

/** Sends messages to the main thread. */
export interface MetricPort {
  /** Identifies the thread: the same object in all its ports. Default: the port itself. */
  readonly thread?: object
  sendMetrics(message: MetricMessage): void
}

export interface MetricMemoryOptions {
  /** Maximum number of series of all metrics of the thread together. Default: 10,000. */
  readonly maxSeries?: number
}

/** The location of a series: `seriesLength` values from `offset`, then the number of updates. */
export interface SeriesLocation {
  readonly numbers: Float64Array
  readonly offset: number
}

/** A declared metric and the object that updates it. */
export interface Declared {
  readonly spec: UserMetricSpec
  readonly metric: object
}

const FIRST_CHUNK = 256
const LARGEST_CHUNK = 16_384
const DEFAULT_MAX_SERIES = 10_000

export class MetricMemory {
  readonly maxSeries: number
  /** All metrics of the thread by name, regardless of the service that declared them. */
  readonly declared = new Map<string, Declared>()
  readonly #port: MetricPort
  #header: Float64Array | undefined
  #chunk: Float64Array = new Float64Array(0)
  #chunks = 0
  /** How many numbers of the last chunk are allocated. */
  #taken = 0
  #series = 0
  #metrics = 0

  constructor(port: MetricPort, { maxSeries = DEFAULT_MAX_SERIES }: MetricMemoryOptions = {}) {
    this.#port = port
    this.maxSeries = maxSeries
  }

  /** Reports a metric to the main thread and returns its number. */
  declare(service: string, spec: UserMetricSpec): number {
    this.#port.sendMetrics({ kind: 'metric', service, spec })
    return this.#metrics++
  }

  /** Allocates a series at 0 and reports it to the main thread; undefined when the thread has reached `maxSeries`. */
  allocate(metric: number, spec: UserMetricSpec, labels: readonly string[]): SeriesLocation | undefined {
    if (this.#series >= this.maxSeries) return undefined
    this.#series++
    const length = seriesLength(spec) + 1
    if (this.#taken + length > this.#chunk.length) this.#addChunk(length)
    const offset = this.#taken
    this.#taken += length
    this.#port.sendMetrics({ kind: 'series', metric, labels, chunk: this.#chunks - 1, offset })
    return { numbers: this.#chunk, offset }
  }

  /** Counts a dropped update. True for the first one. */
  drop(): boolean {
    if (!this.#header) this.#addChunk(0)
    const header = this.#header!
    header[DROPPED]! += 1
    return header[DROPPED] === 1
  }

  #addChunk(atLeast: number): void {
    const isFirst = this.#header === undefined
    const reserved = isFirst ? DROPPED + 1 : 0
    const length = Math.max(Math.min(FIRST_CHUNK * 2 ** this.#chunks, LARGEST_CHUNK), atLeast + reserved)
    const memory = new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT)
    this.#chunk = new Float64Array(memory)
    this.#chunks++
    this.#taken = reserved
    if (isFirst) this.#header = this.#chunk
    this.#port.sendMetrics({ kind: 'chunk', memory })
  }
}

/** One map for the whole thread, even when several copies of this package are loaded. */
const MEMORIES = Symbol.for('escapement.metricMemories')

const shared = globalThis as { [MEMORIES]?: WeakMap<object, MetricMemory> }
shared[MEMORIES] ??= new WeakMap()
const memories = shared[MEMORIES]

/** The memory of the thread that `port` belongs to. Only the first call for a thread applies `options`. */
export function metricMemoryOf(port: MetricPort, options?: MetricMemoryOptions): MetricMemory {
  const thread = port.thread ?? port
  let memory = memories.get(thread)
  if (!memory) {
    memory = new MetricMemory(port, options)
    memories.set(thread, memory)
  }
  return memory
}
