/**
 * Passes on what host threads register of their services' metrics, and keeps what a new admin thread has to be told.
 *
 * The values are in shared memory, so for a running thread its messages are enough. When a thread has ended its values are added to
 * sums of this class, in memory of the same form: to a new admin thread they look like one more thread, which has ended too. So no
 * counter goes backwards when the admin thread is replaced, and nothing is kept for each ended thread.
 */
import { DROPPED, type MetricMessage, seriesLength, type UserMetricSpec } from '../../kernel/metric-message.js'
import type { ToAdmin } from '../../observe/admin-protocol.js'
import type { MetricKeeper } from '../thread-message-router.js'

interface RunningThread {
  readonly id: number
  readonly messages: MetricMessage[]
}

/** Sums of one metric of one service, by labels. */
interface EndedMetric {
  readonly service: string
  readonly spec: UserMetricSpec
  readonly series: Map<string, { readonly labels: readonly string[]; readonly numbers: Float64Array }>
}

/** As many as `/metrics` shows of one service: see observe/user-metrics.ts. */
const MOST_SERIES = 10_000
/** The number of the sums among the threads. */
const ENDED = 0

export class MetricReplay implements MetricKeeper {
  readonly #post: (message: ToAdmin) => void
  readonly #running = new Map<object, RunningThread>()
  readonly #ended = new Map<string, EndedMetric>()
  readonly #endedSeries = new Map<string, number>()
  #dropped = 0
  #lastId = ENDED

  constructor(post: (message: ToAdmin) => void) {
    this.#post = post
  }

  take(thread: object, message: MetricMessage): void {
    const { id, messages } = this.#threadOf(thread)
    messages.push(message)
    this.#post({ kind: 'metric', thread: id, message })
  }

  retire(thread: object): void {
    const running = this.#running.get(thread)
    if (!running) return
    this.#running.delete(thread)
    this.#addUp(running.messages)
    this.#post({ kind: 'thread_ended', thread: running.id })
  }

  /** Tells a new admin thread everything. */
  replay(): void {
    for (const message of this.#endedMessages()) this.#post({ kind: 'metric', thread: ENDED, message })
    this.#post({ kind: 'thread_ended', thread: ENDED })
    for (const { id, messages } of this.#running.values()) {
      for (const message of messages) this.#post({ kind: 'metric', thread: id, message })
    }
  }

  #threadOf(thread: object): RunningThread {
    const known = this.#running.get(thread) ?? { id: ++this.#lastId, messages: [] }
    this.#running.set(thread, known)
    return known
  }

  #addUp(messages: readonly MetricMessage[]): void {
    const chunks: Float64Array[] = []
    const metrics: EndedMetric[] = []
    for (const message of messages) {
      if (message.kind === 'chunk') chunks.push(new Float64Array(message.memory))
      else if (message.kind === 'metric') metrics.push(this.#endedMetric(message))
      else this.#addSeries(metrics[message.metric]!, message.labels, chunks[message.chunk]!, message.offset)
    }
    this.#dropped += chunks[0]?.[DROPPED] ?? 0
  }

  #endedMetric({ service, spec }: Pick<EndedMetric, 'service' | 'spec'>): EndedMetric {
    // Specs that differ stay apart: only one of them is exported.
    const key = JSON.stringify([service, spec])
    const known = this.#ended.get(key) ?? { service, spec, series: new Map() }
    this.#ended.set(key, known)
    return known
  }

  #addSeries(
    { service, spec, series }: EndedMetric,
    labels: readonly string[],
    chunk: Float64Array,
    offset: number,
  ): void {
    // The gauges of an ended thread are gone.
    if (spec.type === 'gauge') return
    const numbers = chunk.subarray(offset, offset + seriesLength(spec) + 1)
    const key = JSON.stringify(labels)
    const known = series.get(key)
    if (known) for (const [at, value] of numbers.entries()) known.numbers[at]! += value
    else if ((this.#endedSeries.get(service) ?? 0) < MOST_SERIES) {
      this.#endedSeries.set(service, (this.#endedSeries.get(service) ?? 0) + 1)
      series.set(key, { labels, numbers: Float64Array.from(numbers) })
    } else this.#dropped += numbers.at(-1)!
  }

  *#endedMessages(): Generator<MetricMessage> {
    const all = [...this.#ended.values()].flatMap(({ series }) => [...series.values()])
    const length = all.reduce((total, { numbers }) => total + numbers.length, DROPPED + 1)
    const memory = new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT)
    const chunk = new Float64Array(memory)
    chunk[DROPPED] = this.#dropped
    yield { kind: 'chunk', memory }
    let offset = DROPPED + 1
    for (const [metric, { service, spec, series }] of [...this.#ended.values()].entries()) {
      yield { kind: 'metric', service, spec }
      for (const { labels, numbers } of series.values()) {
        chunk.set(numbers, offset)
        yield { kind: 'series', metric, labels, chunk: 0, offset }
        offset += numbers.length
      }
    }
  }
}
