/**
 * Renders a registry as the same bytes as prom-client, in less time. Most metrics are read from the counters in shared memory: prom-client
 * renders them once, and from then on only the values that have changed are written into that text. prom-client renders the other metrics
 * each time.
 *
 * 1. All metrics of a rendering are of one moment: they are collected in the same turn of the event loop.
 * 2. There is one rendering at a time, because a rendering changes the kept text. The buffer that it returns is a copy and never changes.
 * 3. Each metric is rendered in a turn of the event loop of its own, so that nothing else on this thread waits for long.
 * 4. When a metric cannot be collected, the rendering rejects and no kept text has changed.
 *
 * The registry must have no default labels that change between two renderings.
 */
import { Registry } from 'prom-client'
import { InternalError } from '../../kernel/errors.js'
import type { MetricsRegistry } from '../../observe/exported-metric.js'
import { nextFreeTurn } from '../../observe/free-turn.js'
import { RowMetric } from '../../observe/row-metric.js'
import { FamilyText } from './family-text.js'

/** Returns the text of one metric, in parts, with the values that were collected. */
type Render = () => readonly Uint8Array[]

const NEWLINE = Buffer.from('\n')

export class Exposition {
  readonly #registry: MetricsRegistry
  /** The kept text of each metric that is read from the counters. */
  readonly #texts = new WeakMap<object, FamilyText>()
  #isRendering = false

  constructor(registry: MetricsRegistry) {
    this.#registry = registry
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** Resolves to the text of all metrics. Rejects when a metric cannot be collected, or when a rendering is in progress. */
  async render(): Promise<Buffer> {
    // For the format OpenMetrics prom-client gives the counters other names, so no text is kept.
    if (this.contentType === Registry.OPENMETRICS_CONTENT_TYPE) return Buffer.from(await this.#registry.metrics())
    if (this.#isRendering) throw new InternalError('the metrics are rendered while they are being rendered')
    this.#isRendering = true
    try {
      return await this.#render()
    } finally {
      this.#isRendering = false
    }
  }

  async #render(): Promise<Buffer> {
    const collected = await Promise.all(this.#registry.getMetricsAsArray().map((metric) => this.#collect(metric)))
    const parts: Uint8Array[] = []
    for (const render of collected) {
      await nextFreeTurn()
      // An empty line between two metrics.
      if (parts.length > 0) parts.push(NEWLINE)
      parts.push(...render())
    }
    return collected.length > 0 ? Buffer.concat(parts) : NEWLINE
  }

  async #collect(metric: { readonly name: string }): Promise<Render> {
    const kept = this.#texts.get(metric)
    if (metric instanceof RowMetric && kept) {
      const snapshot = await metric.snapshot()
      return () => {
        kept.update(metric.values(snapshot))
        return kept.parts
      }
    }
    const text = await this.#registry.getSingleMetricAsString(metric.name)
    return () => {
      if (!(metric instanceof RowMetric)) return [Buffer.from(`${text}\n`)]
      const first = new FamilyText(text)
      this.#texts.set(metric, first)
      return first.parts
    }
  }
}
