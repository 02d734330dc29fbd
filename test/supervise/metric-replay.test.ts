/** A new admin thread shows the same metrics of services as the one before: no counter goes backwards. */
import fc from 'fast-check'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { MetricMemory } from '../../src/depend/metric-memory.js'
import type { UserMetricSpec } from '../../src/kernel/metric-message.js'
import type { ToAdmin } from '../../src/observe/admin-protocol.js'
import { UserMetrics } from '../../src/observe/user-metrics.js'
import { MetricReplay } from '../../src/supervise/admin/metric-replay.js'

const SPECS: readonly UserMetricSpec[] = [
  { name: 'orders_total', help: 'Orders.', type: 'counter', labelNames: ['kind'] },
  { name: 'level', help: 'Level.', type: 'gauge', labelNames: ['kind'] },
  { name: 'euros', help: 'Euros.', type: 'histogram', labelNames: ['kind'], buckets: [1, 10] },
]

/** What an admin thread does with the messages. */
class Shown {
  readonly #registry = new Registry()
  readonly #metrics = new UserMetrics({ registry: this.#registry, onConflict: () => {} })
  readonly #threads = new Map<number, object>()

  constructor() {
    this.#metrics.dropped.register(this.#registry)
  }

  take(message: ToAdmin): void {
    if (message.kind === 'metric') this.#metrics.take(this.#threadOf(message.thread), message.message)
    if (message.kind === 'thread_ended') this.#metrics.retire(this.#threadOf(message.thread))
  }

  async series(): Promise<string[]> {
    const text = await this.#registry.metrics()
    return text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .sort()
  }

  #threadOf(thread: number): object {
    const known = this.#threads.get(thread) ?? {}
    this.#threads.set(thread, known)
    return known
  }
}

/** A host thread that declares all metrics and adds to them. */
class Thread {
  readonly #memory: MetricMemory
  readonly #series = new Map<string, (value: number) => void>()

  constructor(replay: MetricReplay, maxSeries: number) {
    this.#memory = new MetricMemory({ sendMetrics: (message) => replay.take(this, message) }, { maxSeries })
    for (const spec of SPECS) this.#memory.declare('shop', spec)
  }

  add(metric: number, kind: string, value: number): void {
    const key = `${metric} ${kind}`
    const known = this.#series.get(key) ?? this.#newSeries(metric, kind)
    this.#series.set(key, known)
    known(value)
  }

  #newSeries(metric: number, kind: string): (value: number) => void {
    const location = this.#memory.allocate(metric, SPECS[metric]!, [kind])
    if (!location) return () => void this.#memory.drop()
    const { numbers, offset } = location
    return (value) => {
      numbers[offset]! += value
    }
  }
}

describe('a replay of the metrics of services', () => {
  it('makes a new admin thread show what the one before showed, whatever threads have ended', async () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.tuple(fc.nat(3), fc.nat(2), fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 5 })),
      },
      { weight: 1, arbitrary: fc.nat(3) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        let shown = new Shown()
        const replay = new MetricReplay((message) => shown.take(message))
        const threads = new Map<number, Thread>()
        for (const one of steps) {
          if (typeof one === 'number') {
            const thread = threads.get(one)
            threads.delete(one)
            if (thread) replay.retire(thread)
          } else {
            const [index, metric, kind, value] = one
            const thread = threads.get(index) ?? new Thread(replay, 5)
            threads.set(index, thread)
            thread.add(metric, kind, value)
          }
        }
        const before = await shown.series()
        shown = new Shown()
        replay.replay()
        expect(await shown.series()).toEqual(before)
      }),
    )
  })
})
