import { Histogram, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { BoundHistogram } from '../../src/observe/bound-histogram.js'

const SPEC = {
  name: 'escapement_test_seconds',
  type: 'histogram',
  help: 'A test.',
  labels: { service: 'any', method: 'any' },
  buckets: [0.00001, 0.1, 2.5],
} as const

describe('a bound histogram', () => {
  it("a bound histogram is written exactly as prom-client's own", async () => {
    const [ours, theirs] = [new Registry(), new Registry()]
    const bound = new BoundHistogram(SPEC)
    bound.metric.register(ours)
    const { name, help, buckets } = SPEC
    const own = new Histogram({
      name,
      help,
      buckets: [...buckets],
      labelNames: ['service', 'method'],
      registers: [theirs],
    })

    for (const labels of [
      { service: 'a', method: 'x' },
      { service: 'b "quoted"\n', method: 'y' },
    ]) {
      const observe = bound.bind(labels)
      own.zero(labels)
      for (const seconds of [0, 0.00001, 0.000011, 0.1, 1, 2.5, 99]) {
        observe(seconds)
        own.observe(labels, seconds)
      }
    }
    expect(await ours.metrics()).toBe(await theirs.metrics())
  })

  it('a bound histogram is asked for as data, too', async () => {
    const registry = new Registry()
    const bound = new BoundHistogram(SPEC)
    bound.metric.register(registry)
    bound.bind({ service: 'a', method: 'x' })(0.5)
    const [metric] = await registry.getMetricsAsJSON()
    expect(metric!.name).toBe(SPEC.name)
    expect(metric!.values.map(({ value }) => value)).toEqual([0, 0, 1, 1, 0.5, 1])
  })
})
