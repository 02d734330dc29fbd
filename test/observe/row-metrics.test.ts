import { Histogram, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { LATENESS_BOUNDS } from '../../src/counters/histogram-bounds.js'
import { CounterReader } from '../../src/counters/reader.js'
import { TIMER_ROW } from '../../src/counters/row-shapes.js'
import { METRICS } from '../../src/observe/metric-table.js'
import { RowMetrics } from '../../src/observe/row-metrics.js'
import { countersFor } from '../support/counters.js'
import { timerDefinition } from '../support/timer.js'

function setUp() {
  const counters = countersFor([timerDefinition({ method: 'x' }), timerDefinition({ method: 'y' })])
  const { catalogue, memory } = counters
  const reader = new CounterReader(catalogue, memory)
  const labels = [
    { service: 'a', method: 'x' },
    { service: 'b "quoted"\n', method: 'y' },
  ]
  const rows = new RowMetrics(
    catalogue,
    'timers',
    async () => reader.snapshot(),
    ({ method }) => labels[method === 'x' ? 0 : 1]!,
  )
  return { counters, labels, histogram: rows.histogram(METRICS.startLateness, TIMER_ROW.at.lateness) }
}

describe('a histogram in shared memory', () => {
  it("a histogram in shared memory is written exactly as prom-client's own", async () => {
    const [ours, theirs] = [new Registry(), new Registry()]
    const { counters, labels, histogram } = setUp()
    histogram.register(ours)
    const { name, help, buckets } = METRICS.startLateness
    const own = new Histogram({
      name,
      help,
      buckets: [...buckets],
      labelNames: ['service', 'method'],
      registers: [theirs],
    })
    for (const [index, shared] of labels.entries()) {
      own.zero(shared)
      for (const seconds of [0, 0.00001, 0.000011, 0.1, 1, 2.5, 5, 99]) {
        counters.timer(index).observe(TIMER_ROW.at.lateness, LATENESS_BOUNDS, seconds)
        own.observe(shared, seconds)
      }
    }
    expect(await ours.metrics()).toBe(await theirs.metrics())
  })

  it('a histogram in shared memory is asked for as data, too', async () => {
    const registry = new Registry()
    const { counters, histogram } = setUp()
    histogram.register(registry)
    counters.timer(0).observe(TIMER_ROW.at.lateness, LATENESS_BOUNDS, 0.5)
    const [metric] = await registry.getMetricsAsJSON()
    expect(metric!.name).toBe(METRICS.startLateness.name)
    const counted = LATENESS_BOUNDS.map((bound) => (bound >= 0.5 ? 1 : 0))
    expect(metric!.values.slice(0, counted.length + 3).map(({ value }) => value)).toEqual([...counted, 1, 0.5, 1])
  })
})
