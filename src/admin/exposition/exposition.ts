/**
 * Renders a registry as prom-client does, byte for byte, at a fraction of the cost: the text of the metrics that are read from the
 * counters is kept, and only the values that have changed are written. prom-client renders all other metrics, and these once.
 *
 * 1. All metrics of a rendering are of one moment: they are collected in the same turn of the event loop.
 * 2. There is one rendering at a time, because the kept text changes. What a rendering returns does not change any more.
 * 3. Each metric is rendered in a turn of its own, so that nothing else on this thread waits for long.
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

/** Renders one metric that was collected. */
type Render = () => readonly Uint8Array[]

const NEWLINE = Buffer.from('\n')

export class Exposition {
  readonly #registry: MetricsRegistry
  readonly #texts = new WeakMap<object, FamilyText>()
  #isRendering = false

  constructor(registry: MetricsRegistry) {
    this.#registry = registry
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** Rejects when a metric cannot be collected. */
  async render(): Promise<Buffer> {
    // prom-client renames the counters for this format.
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
