/** The numbers are those of the invariants in exposition.ts. */
import fc from 'fast-check'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { Exposition } from '../../../src/admin/exposition/exposition.js'
import { catalogueOf } from '../../../src/counters/catalogue.js'
import { Counters } from '../../../src/counters/counters.js'
import { DURATION_BOUNDS, LATENESS_BOUNDS } from '../../../src/counters/histogram-bounds.js'
import { METHOD_ROW, PROCESS_ROW, TIMER_ROW } from '../../../src/counters/row-shapes.js'
import type { MetricDetail } from '../../../src/kernel/vocabulary.js'
import { createMetrics, type MetricsOptions } from '../../../src/observe/metrics.js'
import { ledgersIn } from '../../faults/support/ledgers.js'
import { countedService } from '../../support/counters.js'
import { timerDefinition } from '../../support/timer.js'

const TIMERS = 40
const { at } = TIMER_ROW

/** Counters with names that need escaping, and two registries with their metrics: ours, and one that only prom-client renders. */
function setUp(detail: MetricDetail = 'method', more: Partial<MetricsOptions> = {}) {
  const service = (name: string, scope: 'instance' | 'queue') =>
    countedService(
      Array.from({ length: TIMERS / 2 }, (_, index) =>
        timerDefinition({ service: name, method: `wörk "${index}" \\ n\n`, scope, timeout: 2_500_000 }),
      ),
      { rpcs: [{ kind: 'rpc', id: `${name}.ask`, service: name, method: 'ask' }], leases: [`${name} lease`] },
    )
  const counters = new Counters(catalogueOf([service('one', 'instance'), service('two', 'queue')], detail))
  const { catalogue, memory } = counters
  const [registry, theirs] = [new Registry(), new Registry()]
  createMetrics({ registry, catalogue, memory, ...more })
  createMetrics({ registry: theirs, catalogue, memory })
  const exposition = new Exposition(registry)
  return { counters, registry, theirs, exposition, render: async () => (await exposition.render()).toString() }
}

/** A tick of a timer that came due and ran. */
function tick(counters: Counters, index: number, lateness = 0.001): void {
  const row = counters.timer(index)
  row.begin()
  row.add(at.due, 1)
  row.add(at.runs, 1)
  row.observe(at.lateness, LATENESS_BOUNDS, lateness)
  row.observe(at.duration, DURATION_BOUNDS, lateness * 3)
  row.end()
}

describe('the exposition', () => {
  it.each(['method', 'service'] as const)(
    'the exposition with the detail "%s" is that of prom-client after any changes of the counters',
    async (detail) => {
      const { counters, theirs, render } = setUp(detail)
      const word = fc.record({
        timer: fc.nat({ max: TIMERS - 1 }),
        word: fc.integer({ min: 1, max: TIMER_ROW.words - 1 }),
        value: fc.oneof(fc.nat(), fc.maxSafeNat(), fc.double()),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(word), fc.array(fc.nat({ max: TIMERS - 1 })), async (words, ticks) => {
          for (const { timer, word, value } of words) counters.timer(timer).set(word, value)
          for (const index of ticks) tick(counters, index)
          counters.method('one', counters.catalogue.methods[0]!.method).set(METHOD_ROW.at.circuit, ticks.length)
          counters.process.set(PROCESS_ROW.at.eventLoopLag, words.length / 1_000)
          expect(await render()).toBe(await theirs.metrics())
        }),
        { numRuns: 50 },
      )
    },
  )

  it('the exposition has metrics of prom-client between the others, in the order of the registry', async () => {
    const { counters, registry, render } = setUp()
    const counter = new Counter({ name: 'orders_total', help: 'Orders.', labelNames: ['kind'], registers: [registry] })
    const took = new Histogram({ name: 'took_seconds', help: 'Time.', buckets: [1, 2], registers: [registry] })
    registry.removeSingleMetric('escapement_ticks_due_total')
    new Gauge({ name: 'last', help: 'Last.', registers: [registry] })
    for (let scrape = 0; scrape < 3; scrape++) {
      tick(counters, 3)
      counter.inc({ kind: `"${scrape}"` }, scrape)
      took.observe(scrape)
      expect(await render()).toBe(await registry.metrics())
    }
  })

  it('the exposition of an empty registry is that of prom-client', async () => {
    const registry = new Registry()
    expect((await new Exposition(registry).render()).toString()).toBe(await registry.metrics())
  })

  it('the exposition in the format OpenMetrics is that of prom-client', async () => {
    const { registry, render } = setUp()
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never)
    expect(await render()).toBe(await registry.metrics())
  })

  it('1: all of an exposition is of one moment, though ticks are counted while it is rendered', async () => {
    const { counters, exposition } = setUp()
    await exposition.render()
    let isOver = false
    let ticks = 0
    const goOn = () => {
      tick(counters, ticks++ % TIMERS)
      if (!isOver) setImmediate(goOn)
    }
    goOn()
    const text = (await exposition.render()).toString()
    isOver = true
    const ledgers = ledgersIn(text, '')
    const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, count) => total + count, 0)
    expect(ledgers.map(({ due }) => due)).toEqual(ledgers.map(({ runs }) => sum(runs)))
    expect(sum(Object.fromEntries(ledgers.map(({ entrypoint, due }) => [entrypoint, due])))).toBe(1)
    expect(ticks).toBeGreaterThan(10)
  })

  it('2: what was rendered does not change with the next rendering', async () => {
    const { counters, exposition } = setUp()
    await exposition.render()
    tick(counters, 0)
    const second = await exposition.render()
    const text = second.toString()
    for (let index = 0; index < TIMERS; index++) tick(counters, index, 7)
    await exposition.render()
    expect(second.toString()).toBe(text)
  })

  it('2: a rendering that begins during another one is refused, and the first one is not disturbed', async () => {
    const { exposition, render, theirs } = setUp()
    const first = render()
    await expect(exposition.render()).rejects.toThrow('the metrics are rendered while they are being rendered')
    expect(await first).toBe(await theirs.metrics())
    expect(await render()).toBe(await theirs.metrics())
  })

  it('3: each metric is rendered in a turn of the event loop of its own', async () => {
    const { exposition, registry } = setUp()
    await exposition.render()
    let turns = 0
    let isOver = false
    const count = () => {
      turns++
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    await exposition.render()
    isOver = true
    expect(turns).toBeGreaterThanOrEqual(registry.getMetricsAsArray().length)
  })

  it('4: a metric that cannot be collected fails one rendering, and the next one is right', async () => {
    let isBroken = true
    const refresh = async () => {
      if (isBroken) throw new Error('no sample')
    }
    const { counters, theirs, render } = setUp('method', { refresh })
    await expect(render()).rejects.toThrow('no sample')
    isBroken = false
    await render()
    isBroken = true
    tick(counters, 1)
    await expect(render()).rejects.toThrow('no sample')
    isBroken = false
    expect(await render()).toBe(await theirs.metrics())
  })
})
