/**
 * Where the metrics of a thread keep their values: memory that the main thread reads too, see kernel/metric-message.ts.
 *
 * Memory comes in chunks, a small one first: a service with a handful of counters takes 2 KB. A series keeps its place
 * for as long as the thread lives.
 *
 *     chunk 0  | dropped | series | series | ...      256 numbers
 *     chunk 1  | series | series | ...                512 numbers, then twice as many each time up to 16,384
 */
import { DROPPED, type MetricMessage, seriesLength, type UserMetricSpec } from '../kernel/metric-message.js'

/** The way to the main thread. */
export interface MetricPort {
  /** What all ports of one thread have in common; the port itself when it has none. */
  readonly thread?: object
  tellMetrics(message: MetricMessage): void
}

export interface MetricMemoryOptions {
  /** How many series, of all metrics together, the thread may have. Default: 10,000. */
  readonly maxSeries?: number
}

/** The place of a series: `seriesLength` numbers from `offset`. */
export interface SeriesLocation {
  readonly numbers: Float64Array
  readonly offset: number
}

/** A metric that the main thread knows of; `metric` is what updates it. */
export interface Declared {
  readonly spec: UserMetricSpec
  readonly metric: object
}

const FIRST_CHUNK = 256
const LARGEST_CHUNK = 16_384
const DEFAULT_MAX_SERIES = 10_000

export class MetricMemory {
  readonly maxSeries: number
  /** The metrics of the thread by name, whichever service asked for them first. */
  readonly declared = new Map<string, Declared>()
  readonly #port: MetricPort
  #header: Float64Array | undefined
  #chunk: Float64Array = new Float64Array(0)
  #chunks = 0
  /** Numbers of the last chunk that are taken. */
  #taken = 0
  #series = 0
  #metrics = 0

  constructor(port: MetricPort, { maxSeries = DEFAULT_MAX_SERIES }: MetricMemoryOptions = {}) {
    this.#port = port
    this.maxSeries = maxSeries
  }

  /** Tells the main thread of a metric; the result is its number. */
  declare(spec: UserMetricSpec): number {
    this.#port.tellMetrics({ kind: 'metric', spec })
    return this.#metrics++
  }

  /** Takes a place for a series, at 0, and tells the main thread of it; undefined when there are too many. */
  place(metric: number, spec: UserMetricSpec, labels: readonly string[]): SeriesLocation | undefined {
    if (this.#series >= this.maxSeries) return undefined
    this.#series++
    const length = seriesLength(spec)
    if (this.#taken + length > this.#chunk.length) this.#addChunk(length)
    const offset = this.#taken
    this.#taken += length
    this.#port.tellMetrics({ kind: 'series', metric, labels, chunk: this.#chunks - 1, offset })
    return { numbers: this.#chunk, offset }
  }

  /** An update has no place to go to. True for the first one. */
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
    this.#port.tellMetrics({ kind: 'chunk', memory })
  }
}

/** One for the whole thread, also where several copies of this package are loaded on it. */
const MEMORIES = Symbol.for('escapement.metricMemories')

const shared = globalThis as { [MEMORIES]?: WeakMap<object, MetricMemory> }
shared[MEMORIES] ??= new WeakMap()
const memories = shared[MEMORIES]

/** The memory of the thread that `port` belongs to. `options` count when it is asked for the first time. */
export function metricMemoryOf(port: MetricPort, options?: MetricMemoryOptions): MetricMemory {
  const thread = port.thread ?? port
  let memory = memories.get(thread)
  if (!memory) {
    memory = new MetricMemory(port, options)
    memories.set(thread, memory)
  }
  return memory
}
