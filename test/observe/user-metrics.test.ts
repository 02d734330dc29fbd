import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { Counter as PromCounter, Registry } from 'prom-client'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { HOST, type HostPort } from '../../src/depend/host-port.js'
import { metricMemoryOf } from '../../src/depend/metric-memory.js'
import { Metrics } from '../../src/depend/metrics.js'
import { UsageError } from '../../src/kernel/errors.js'
import type { MetricMessage } from '../../src/kernel/metric-message.js'
import { UserMetrics } from '../../src/observe/user-metrics.js'
import { fuzz } from '../schedule/fuzz.js'
import { parseExposition } from './exposition.js'

let registry: Registry
let users: UserMetrics
let conflicts: string[]
const warn = vi.fn()

beforeEach(() => {
  registry = new Registry()
  conflicts = []
  warn.mockClear()
  users = new UserMetrics({ registry, onConflict: (text) => conflicts.push(text) })
  users.dropped.register(registry)
})

/** A thread with services on it, without a thread. */
class FakeThread {
  readonly messages: MetricMessage[] = []

  constructor({ maxSeries }: { maxSeries?: number } = {}) {
    if (maxSeries !== undefined) metricMemoryOf(this.#port(), { maxSeries })
  }

  /** A port for each service, as on a real thread. */
  #port(): HostPort {
    const sendMetrics = (message: MetricMessage) => {
      this.messages.push(message)
      users.take(this, message)
    }
    const port: Pick<HostPort, 'sendMetrics'> & { thread: object } = { thread: this, sendMetrics }
    return port as unknown as HostPort
  }

  metrics(service = 'shop'): Metrics {
    return Object.assign(new Metrics(), { context: { service, config: {}, log: { warn }, [HOST]: this.#port() } }).get()
  }
}

async function series(from: Pick<Registry, 'metrics'> = registry): Promise<Record<string, number>> {
  const families = parseExposition(await from.metrics())
  return Object.fromEntries(
    [...families.values()].flatMap(({ samples }) =>
      samples.map(({ name, labels, value }) => {
        const text = Object.entries(labels).map(([label, of]) => `${label}=${of}`)
        return [text.length > 0 ? `${name}{${text}}` : name, value]
      }),
    ),
  )
}

const ORDERS = { name: 'orders_total', help: 'Orders.' }

describe('metrics of services', () => {
  it('metrics of services without labels are there at once, at 0', async () => {
    const metrics = new FakeThread().metrics()
    metrics.counter(ORDERS)
    metrics.gauge({ name: 'queue', help: 'Waiting.' })
    metrics.histogram({ name: 'size', help: 'Sizes.', buckets: [1] })
    metrics.counter({ name: 'by_user', help: 'Later.', labelNames: ['user'] })
    expect(await series()).toEqual({
      orders_total: 0,
      queue: 0,
      'size_bucket{le=1}': 0,
      'size_bucket{le=+Inf}': 0,
      size_sum: 0,
      size_count: 0,
      'escapement_user_metric_updates_dropped_total{reason=too_many_series}': 0,
      'escapement_user_metric_updates_dropped_total{reason=conflict}': 0,
    })
    expect(await registry.metrics()).toContain('# HELP orders_total Orders.\n# TYPE orders_total counter\n')
  })

  it('metrics of services count as those of prom-client do', async () => {
    const metrics = new FakeThread().metrics()
    const counter = metrics.counter({ ...ORDERS, labelNames: ['user', 'item'] })
    counter.inc({ user: 'a', item: 1 })
    counter.inc({ item: 1, user: 'a' }, 2.5)
    counter.labels('a', '1').inc(4)
    counter.labels({ user: 'b', item: 'x,"y"\n' }).inc(0)
    const gauge = metrics.gauge({ name: 'queue', help: 'Waiting.' })
    gauge.set(10)
    gauge.inc()
    gauge.dec(3)
    const clock = metrics.gauge({ name: 'clock', help: 'Now.', labelNames: ['zone'] })
    const before = Date.now() / 1_000
    clock.setToCurrentTime({ zone: 'utc' })
    const after = Date.now() / 1_000
    const histogram = metrics.histogram({ name: 'size', help: 'Sizes.', buckets: [1, 2], labelNames: ['of'] })
    for (const size of [0.5, 1, 1.5, 9]) histogram.observe({ of: 'a' }, size)
    expect(await series()).toMatchObject({
      'orders_total{user=a,item=1}': 7.5,
      'orders_total{user=b,item=x,"y"\n}': 0,
      queue: 8,
      'size_bucket{le=1,of=a}': 2,
      'size_bucket{le=2,of=a}': 3,
      'size_bucket{le=+Inf,of=a}': 4,
      'size_sum{of=a}': 12,
      'size_count{of=a}': 4,
    })
    const now = (await series())['clock{zone=utc}']!
    expect(now).toBeGreaterThanOrEqual(before)
    expect(now).toBeLessThanOrEqual(after)
  })

  it('metrics of services are the same for every service of a thread, however often they are asked for', async () => {
    const thread = new FakeThread()
    const [shop, mail] = [thread.metrics('shop'), thread.metrics('mail')]
    const first = shop.counter({ ...ORDERS, labelNames: ['user'] })
    shop.gauge({ name: 'queue', help: 'Waiting.' })
    expect(mail.counter({ ...ORDERS, labelNames: ['user'] })).toBe(first)
    mail.counter({ name: 'mails_total', help: 'Mails.' }).inc(3)
    first.inc({ user: 'a' })
    expect(await series()).toMatchObject({ 'orders_total{user=a}': 1, mails_total: 3, queue: 0 })
    expect(thread.messages.filter(({ kind }) => kind === 'chunk')).toHaveLength(1)
  })

  it('metrics of services are the same for every copy of this package on a thread', async () => {
    const port = { sendMetrics: () => {} }
    const memory = metricMemoryOf(port)
    vi.resetModules()
    const copy = await import('../../src/depend/metric-memory.js')
    expect(copy.metricMemoryOf).not.toBe(metricMemoryOf)
    expect(copy.metricMemoryOf(port)).toBe(memory)
  })

  it('metrics of services time what happens between two calls', async () => {
    const metrics = new FakeThread().metrics()
    const histogram = metrics.histogram({ name: 'took_seconds', help: 'Time.', labelNames: ['job', 'result'] })
    const end = histogram.startTimer({ job: 'sync' })
    await sleep(20)
    const seconds = end({ result: 'ok' })
    expect(seconds).toBeGreaterThan(0.015)
    const more = histogram.labels('sync', 'ok').startTimer()()
    expect(more).toBeGreaterThanOrEqual(0)
    const now = await series()
    expect(now['took_seconds_count{job=sync,result=ok}']).toBe(2)
    expect(now['took_seconds_sum{job=sync,result=ok}']).toBeCloseTo(seconds + more, 9)
    const last = metrics.gauge({ name: 'last_seconds', help: 'Last.' }).startTimer()()
    expect((await series()).last_seconds).toBe(last)
  })

  it('metrics of services find room for more series than the first chunk has, and for a histogram larger than any chunk', async () => {
    const thread = new FakeThread()
    const counter = thread.metrics().counter({ ...ORDERS, labelNames: ['n'] })
    for (let n = 0; n < 2_000; n++) counter.inc({ n }, n)
    const buckets = Array.from({ length: 20_000 }, (_, bound) => bound)
    thread.metrics().histogram({ name: 'wide', help: 'Wide.', buckets }).observe(19_999)
    counter.inc({ n: 'last' })
    const now = await series()
    for (let n = 0; n < 2_000; n++) if (now[`orders_total{n=${n}}`] !== n) expect(n).toBe('lost')
    expect(now).toMatchObject({ 'orders_total{n=last}': 1, 'wide_bucket{le=19998}': 0, 'wide_bucket{le=19999}': 1 })
    const sizes = thread.messages.flatMap((message) =>
      message.kind === 'chunk' ? [message.memory.byteLength / 8] : [],
    )
    expect(sizes).toEqual([256, 512, 1_024, 2_048, 4_096, 20_003, 16_384])
  })

  it('metrics of services are let go when the supervisor stops, but not what somebody else has put in their place', async () => {
    const metrics = new FakeThread().metrics()
    metrics.counter(ORDERS)
    metrics.gauge({ name: 'queue', help: 'Waiting.' })
    registry.removeSingleMetric('queue')
    const theirs = new PromCounter({ name: 'queue', help: 'Theirs.', registers: [registry] })
    users.stop()
    expect(registry.getSingleMetric('orders_total')).toBeUndefined()
    expect(registry.getSingleMetric('queue')).toBe(theirs)
    metrics.counter({ name: 'late_total', help: 'Late.' }).inc()
    expect(registry.getSingleMetric('late_total')).toBeUndefined()
  })
})

describe('what cannot work is refused', () => {
  type Case = readonly [says: RegExp, attempt: (metrics: Metrics) => unknown]
  const any = (given: unknown) => given as never

  it.each<Case>([
    [/escapement_x: names that begin with escapement_/, (m) => m.counter({ name: 'escapement_x', help: 'X.' })],
    [/the name of a counter .* got "1st"/, (m) => m.counter({ name: '1st', help: 'X.' })],
    [/the name of a counter .* got undefined/, (m) => m.counter(any({ help: 'X.' }))],
    [/declared with \{ name, help, \.\.\. \}, got undefined/, (m) => m.counter(any(undefined))],
    [/counter x: help must .* got undefined/, (m) => m.counter(any({ name: 'x' }))],
    [/the name of a label .* got "a-b"/, (m) => m.counter({ name: 'x', help: 'X.', labelNames: ['a-b'] })],
    [/got "__a"/, (m) => m.gauge({ name: 'x', help: 'X.', labelNames: ['__a'] })],
    [/labelNames has "a" twice/, (m) => m.gauge({ name: 'x', help: 'X.', labelNames: ['a', 'b', 'a'] })],
    [/labelNames must be an array .* got "a"/, (m) => m.gauge(any({ name: 'x', help: 'X.', labelNames: 'a' }))],
    [/got "mix", did you mean "min"\?/, (m) => m.gauge(any({ name: 'x', help: 'X.', aggregate: 'mix' }))],
    [/the label "le"/, (m) => m.histogram({ name: 'x', help: 'X.', labelNames: ['le'] })],
    [/must ascend, but 2 comes after 3/, (m) => m.histogram({ name: 'x', help: 'X.', buckets: [1, 3, 2] })],
    [/must ascend, but 1 comes after 1/, (m) => m.histogram({ name: 'x', help: 'X.', buckets: [1, 1] })],
    [/\+Inf is added automatically/, (m) => m.histogram({ name: 'x', help: 'X.', buckets: [1, Infinity] })],
    [/bucket is not known, did you mean "buckets"\?/, (m) => m.histogram(any({ name: 'x', help: 'X.', bucket: [1] }))],
    [
      /buckets is not known \(known: name, help, labelN/,
      (m) => m.counter(any({ name: 'x', help: 'X.', buckets: [1] })),
    ],
  ])('where it is declared, with words like %s', (says, declare) => {
    const thread = new FakeThread()
    const attempt = () => declare(thread.metrics())
    expect(attempt).toThrow(UsageError)
    expect(attempt).toThrow(says)
    expect(thread.messages).toEqual([])
  })

  it.each<Case>([
    [
      /gauge orders_total: .* already declared it with type "counter", now with "gauge"/,
      (m) => m.gauge(any({ ...ORDERS })),
    ],
    [/labelNames \["a","b"\], now with \["b","a"\]/, (m) => m.counter({ ...ORDERS, labelNames: ['b', 'a'] })],
    [/help "Orders\.", now with "Else\."/, (m) => m.counter({ ...ORDERS, help: 'Else.', labelNames: ['a', 'b'] })],
    [/buckets \[1\], now with \[2\]/, (m) => m.histogram({ name: 'took', help: 'T.', buckets: [2] })],
    [/aggregate "max", now with "sum"/, (m) => m.gauge({ name: 'level', help: 'L.' })],
  ])('where it was declared otherwise before, with words like %s', (says, declare) => {
    const metrics = new FakeThread().metrics()
    metrics.counter({ ...ORDERS, labelNames: ['a', 'b'] })
    metrics.histogram({ name: 'took', help: 'T.', buckets: [1] })
    metrics.gauge({ name: 'level', help: 'L.', aggregate: 'max' })
    expect(() => declare(metrics)).toThrow(says)
  })

  it.each<Case>([
    [/counter orders_total: expected a number that is not negative, got -1/, (m) => m.counter(ORDERS).inc(-1)],
    [/got NaN/, (m) => m.counter(ORDERS).inc(Number.NaN)],
    [/got "5"/, (m) => m.counter(ORDERS).inc(any('5'))],
    [/got null/, (m) => m.counter(ORDERS).inc(any(null))],
    [/there is no label "user" \(it has no labels\)/, (m) => m.counter(ORDERS).inc(any({ user: 'a' }))],
    [/expected a number, got undefined/, (m) => m.gauge({ name: 'x', help: 'X.' }).set(any(undefined))],
    [/expected a finite number, got "1"/, (m) => m.gauge({ name: 'x', help: 'X.' }).inc(any('1'))],
    [/expected a finite number, got Infinity/, (m) => m.histogram({ name: 'x', help: 'X.' }).observe(Infinity)],
    [/the label "user" has no value \(expected: user, item\)/, (m) => users2(m).inc()],
    [/the label "item" has no value/, (m) => users2(m).inc(any({ user: 'a' }))],
    [/the label "item" has no value/, (m) => users2(m).inc(any({ user: 'a', items: 1 }))],
    [/no label "itm", did you mean "item"\?/, (m) => users2(m).inc(any({ user: 'a', item: 1, itm: 2 }))],
    [/the label "item" must be a string or a number, got null/, (m) => users2(m).inc(any({ user: 'a', item: null }))],
    [/the label "item" has no value/, (m) => users2(m).labels('a')],
    [/3 label values were given \(expected: user, item\)/, (m) => users2(m).labels('a', 'b', 'c')],
  ])('where it is updated, with words like %s', async (says, update) => {
    const metrics = new FakeThread().metrics()
    expect(() => update(metrics)).toThrow(UsageError)
    expect(() => update(metrics)).toThrow(says)
    const changed = Object.entries(await series()).filter(([, value]) => value !== 0)
    expect(changed).toEqual([])
  })

  const users2 = (metrics: Metrics) => metrics.counter({ ...ORDERS, labelNames: ['user', 'item'] })
})

describe('several threads', () => {
  it('are added up; of gauges the smallest or the largest can be shown instead', async () => {
    for (const value of [3, -4, 5]) {
      const metrics = new FakeThread().metrics()
      metrics.counter(ORDERS).inc(Math.abs(value))
      metrics.gauge({ name: 'sum', help: 'S.' }).set(value)
      metrics.gauge({ name: 'least', help: 'L.', aggregate: 'min' }).set(value)
      metrics.gauge({ name: 'most', help: 'M.', aggregate: 'max' }).set(value)
    }
    expect(await series()).toMatchObject({ orders_total: 12, sum: 4, least: -4, most: 5 })
  })

  it('that have ended leave what they counted, and take their gauges along', async () => {
    const [first, second] = [new FakeThread(), new FakeThread()]
    for (const thread of [first, second]) {
      thread.metrics().counter(ORDERS).inc(2)
      thread.metrics().gauge({ name: 'queue', help: 'Q.' }).set(7)
      thread
        .metrics()
        .histogram({ name: 'size', help: 'S.', buckets: [1] })
        .observe(0.5)
    }
    users.retire(first)
    users.retire(first)
    const rest = { orders_total: 4, 'size_bucket{le=1}': 2, size_sum: 1, size_count: 2 }
    expect(await series()).toMatchObject({ ...rest, queue: 7 })
    users.retire(second)
    expect(await series()).toMatchObject(rest)
    expect(await series()).not.toHaveProperty('queue')
    new FakeThread().metrics().counter(ORDERS).inc()
    expect(await series()).toMatchObject({ orders_total: 5 })
  })

  it('whose last words come after their end are counted all the same', async () => {
    const told: MetricMessage[] = []
    const port = { sendMetrics: (message: MetricMessage) => told.push(message) } as unknown as HostPort
    const context = { service: 'shop', config: {}, log: { warn }, [HOST]: port }
    metricMemoryOf(port, { maxSeries: 2 })
    const metrics = Object.assign(new Metrics(), { context })
    metrics.counter(ORDERS).inc(5)
    metrics.gauge({ name: 'queue', help: 'Q.' }).set(5)
    metrics.gauge({ name: 'dropped', help: 'D.' }).set(5)
    const thread = {}
    users.take(thread, told.shift()!)
    users.retire(thread)
    for (const message of told) users.take(thread, message)
    const now = await series()
    expect(now).toMatchObject({
      orders_total: 5,
      'escapement_user_metric_updates_dropped_total{reason=too_many_series}': 1,
    })
    expect(now).not.toHaveProperty('queue')
  })

  it('that end do not make a sum of fractions go back by its rounding', async () => {
    const threads = Array.from({ length: 12 }, () => new FakeThread())
    for (const [at, thread] of threads.entries()) {
      thread
        .metrics()
        .counter(ORDERS)
        .inc(0.1 * (at + 1))
    }
    let last = (await series()).orders_total!
    let naive = 0
    for (const thread of [...threads].reverse()) {
      users.retire(thread)
      const now = (await series()).orders_total!
      expect(now).toBeGreaterThanOrEqual(last)
      last = now
    }
    // Shows that it would have: added up in the order in which the threads ended.
    for (let at = threads.length; at > 0; at--) naive += 0.1 * at
    expect(naive).not.toBe(last)
    expect(last).toBeCloseTo(7.8, 12)
  })
})

describe('a refused update', () => {
  it.each<[string, (metrics: Metrics) => void]>([
    [
      'gauge.set',
      (metrics) => metrics.gauge({ name: 'g', help: 'G.', labelNames: ['a'] }).set({ a: 'x' }, 'no' as never),
    ],
    ['gauge.inc', (metrics) => metrics.gauge({ name: 'g', help: 'G.', labelNames: ['a'] }).inc({ a: 'x' }, Number.NaN)],
    ['gauge.dec', (metrics) => metrics.gauge({ name: 'g', help: 'G.', labelNames: ['a'] }).dec({ a: 'x' }, Number.NaN)],
    ['counter.inc', (metrics) => metrics.counter({ name: 'c', help: 'C.', labelNames: ['a'] }).inc({ a: 'x' }, -1)],
    [
      'histogram.observe',
      (metrics) => metrics.histogram({ name: 'h', help: 'H.', labelNames: ['a'] }).observe({ a: 'x' }, Number.NaN),
    ],
    [
      'a label of a megabyte',
      (metrics) => metrics.counter({ name: 'c', help: 'C.', labelNames: ['a'] }).inc({ a: 'x'.repeat(1_000_000) }),
    ],
  ])('a refused update leaves no series behind: %s', async (_what, update) => {
    const thread = new FakeThread()
    expect(() => update(thread.metrics())).toThrow(UsageError)
    expect(thread.messages.filter(({ kind }) => kind === 'series')).toEqual([])
  })
})

describe('the limit of series of a service', () => {
  const LABELLED = { ...ORDERS, labelNames: ['job'] as const }

  beforeEach(() => {
    registry = new Registry()
    users = new UserMetrics({ registry, onConflict: (text) => conflicts.push(text), maxSeries: 3 })
    users.dropped.register(registry)
  })

  it('the limit of series of a service lasts over recycled threads, and each lost update is counted', async () => {
    let job = 0
    for (let life = 0; life < 5; life++) {
      const thread = new FakeThread()
      const orders = thread.metrics().counter(LABELLED)
      for (let run = 0; run < 4; run++) orders.inc({ job: `job ${job++}` })
      orders.inc({ job: 'job 19' })
      if (life < 4) users.retire(thread)
    }
    expect(await series()).toEqual({
      'orders_total{job=job 0}': 1,
      'orders_total{job=job 1}': 1,
      'orders_total{job=job 2}': 1,
      // Five lives of five updates, of which three are exported.
      'escapement_user_metric_updates_dropped_total{reason=too_many_series}': 22,
      'escapement_user_metric_updates_dropped_total{reason=conflict}': 0,
    })
    expect(conflicts).toEqual([expect.stringMatching(/^the metrics of shop have 3 series, the most that one service/)])
  })

  it('the limit of series of a service counts a series that several threads share once', async () => {
    for (let thread = 0; thread < 5; thread++) {
      const orders = new FakeThread().metrics().counter(LABELLED)
      for (const job of ['a', 'b', 'c']) orders.inc({ job })
    }
    expect(await series()).toMatchObject({ 'orders_total{job=a}': 5, 'orders_total{job=c}': 5 })
    expect(conflicts).toEqual([])
  })

  it('the limit of series of a service leaves other services theirs', async () => {
    const thread = new FakeThread()
    const mine = thread.metrics('shop').counter(LABELLED)
    const theirs = thread.metrics('desk').counter({ name: 'calls_total', help: 'Calls.', labelNames: ['job'] })
    for (const job of ['a', 'b', 'c', 'd']) {
      mine.inc({ job })
      theirs.inc({ job })
    }
    expect(Object.keys(await series()).filter((name) => name.startsWith('calls_total'))).toHaveLength(3)
  })

  it('the limit of series of a service has room again when the gauges of an ended thread are gone', async () => {
    for (let life = 0; life < 3; life++) {
      const thread = new FakeThread()
      const gauge = thread.metrics().gauge({ name: 'waiting', help: 'Waiting.', labelNames: ['job'] })
      for (const job of ['a', 'b', 'c']) gauge.set({ job: `${job}${life}` }, 1)
      users.retire(thread)
    }
    expect(conflicts).toEqual([])
  })
})

describe('names that stand for two metrics', () => {
  it('names that stand for two metrics have each lost update counted, those of ended threads too', async () => {
    new PromCounter({ name: 'orders_total', help: 'Theirs.', registers: [registry] })
    const ended = new FakeThread()
    const running = new FakeThread()
    for (const thread of [ended, running]) {
      const orders = thread.metrics().counter(ORDERS)
      for (let update = 0; update < 10; update++) orders.inc(0.5)
    }
    users.retire(ended)
    expect(await series()).toMatchObject({ 'escapement_user_metric_updates_dropped_total{reason=conflict}': 20 })
  })

  it('names that stand for two metrics stay with whoever had them first, which is said once and counted', async () => {
    new PromCounter({ name: 'orders_total', help: 'Theirs.', registers: [registry] }).inc(100)
    for (const thread of [new FakeThread(), new FakeThread()]) thread.metrics().counter(ORDERS).inc()
    expect(conflicts).toEqual([
      'the counter orders_total of a service is not exported: the registry already has a metric orders_total',
    ])
    expect(await series()).toMatchObject({
      orders_total: 100,
      'escapement_user_metric_updates_dropped_total{reason=conflict}': 2,
    })
  })

  it.each([
    ['type', (m: Metrics) => m.gauge({ name: 'size', help: 'S.' }).set(9), '"histogram", not "gauge"'],
    [
      'labelNames',
      (m: Metrics) => m.histogram({ name: 'size', help: 'S.', labelNames: ['a'] }).observe({ a: 'b' }, 9),
      '[], not ["a"]',
    ],
    ['buckets', (m: Metrics) => m.histogram({ name: 'size', help: 'S.', buckets: [2] }).observe(9), '[1], not [2]'],
  ])(
    'names that stand for two metrics are told apart by %s, and the other metrics of the thread go on',
    async (key, update, difference) => {
      new FakeThread()
        .metrics()
        .histogram({ name: 'size', help: 'S.', buckets: [1] })
        .observe(1)
      const other = new FakeThread()
      update(other.metrics())
      expect(conflicts).toHaveLength(1)
      expect(conflicts[0]).toContain(`another thread has declared it with ${key} ${difference}`)
      other.metrics().counter(ORDERS).inc(3)
      expect(await series()).toMatchObject({ 'size_bucket{le=1}': 1, size_count: 1, orders_total: 3 })
      users.retire(other)
      expect(await series()).toMatchObject({ 'size_bucket{le=1}': 1, size_count: 1, orders_total: 3 })
    },
  )

  it('names that stand for two metrics are also those that a histogram has besides its own', async () => {
    const metrics = new FakeThread().metrics()
    metrics.histogram({ name: 'size', help: 'S.', buckets: [1] })
    metrics.counter({ name: 'size_count', help: 'C.' })
    metrics.gauge({ name: 'load_sum', help: 'G.' })
    metrics.histogram({ name: 'load', help: 'L.' })
    expect(conflicts).toHaveLength(2)
    await expect(series()).resolves.toMatchObject({ size_count: 0, load_sum: 0 })
  })
})

describe('more series than a thread may have', () => {
  it('are dropped and counted, also when the thread has ended, and the first is logged', async () => {
    const thread = new FakeThread({ maxSeries: 3 })
    const counter = thread.metrics().counter({ ...ORDERS, labelNames: ['user'] })
    for (const user of ['a', 'b', 'c', 'd', 'e']) counter.inc({ user }, 2)
    const lost = counter.labels('f')
    lost.inc()
    lost.inc()
    thread.metrics().gauge({ name: 'queue', help: 'Q.' }).set(4)
    thread.metrics().histogram({ name: 'size', help: 'S.' }).observe(4)
    counter.inc({ user: 'a' }, 2)
    const dropped = 'escapement_user_metric_updates_dropped_total{reason=too_many_series}'
    const expected = { 'orders_total{user=a}': 4, 'orders_total{user=c}': 2, [dropped]: 6 }
    expect(await series()).toMatchObject(expected)
    expect(Object.keys(await series())).toHaveLength(5)
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls[0]).toEqual([
      { metric: 'orders_total', labels: { user: 'd' }, limit: 3 },
      expect.stringContaining('too many series'),
    ])
    users.retire(thread)
    expect(await series()).toMatchObject(expected)
  })
})

it('whatever threads count and whenever they end, the page says what was counted, and nothing goes back', async () => {
  const THREADS = 3
  const command = fc.record({
    thread: fc.nat(THREADS - 1),
    what: fc.constantFrom('count', 'count', 'observe', 'observe', 'set', 'end', 'scrape'),
    label: fc.constantFrom('a', 'b'),
    value: fc.oneof(fc.constantFrom(0, 1, 2, 0.1, 0.2, 0.3), fc.double({ min: 0, max: 1e6, noNaN: true })),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
      registry = new Registry()
      users = new UserMetrics({ registry, onConflict: (text) => conflicts.push(text) })
      const threads = Array.from({ length: THREADS }, () => new FakeThread())
      const gauges = threads.map(() => new Map<string, number>())
      const model: Record<string, number> = {}
      const add = (name: string, value: number) => {
        model[name] = (model[name] ?? 0) + value
      }
      let last: Record<string, number> = {}
      const check = async () => {
        const page = await series()
        const levels = new Map<string, number>()
        for (const gauge of gauges) {
          for (const [label, value] of gauge) levels.set(label, Math.max(levels.get(label) ?? -Infinity, value))
        }
        const all = {
          ...model,
          ...Object.fromEntries([...levels].map(([label, value]) => [`level{of=${label}}`, value])),
        }
        expect(Object.keys(page).sort()).toEqual(Object.keys(all).sort())
        for (const [name, value] of Object.entries(all)) {
          if (/_total|_sum/.test(name)) expect(Math.abs(page[name]! - value)).toBeLessThanOrEqual(value * 1e-11)
          else expect(page[name], name).toBe(value)
        }
        for (const [name, value] of Object.entries(last)) {
          if (!name.startsWith('level')) expect(page[name], name).toBeGreaterThanOrEqual(value)
        }
        last = page
      }
      for (const { thread: at, what, label, value } of commands) {
        const metrics = threads[at]!.metrics()
        const labelNames = ['of'] as const
        if (what === 'count') {
          metrics.counter({ name: 'things_total', help: 'T.', labelNames }).inc({ of: label }, value)
          add(`things_total{of=${label}}`, value)
        } else if (what === 'observe') {
          metrics.histogram({ name: 'size', help: 'S.', labelNames, buckets: [0.2, 1] }).observe({ of: label }, value)
          for (const le of ['0.2', '1', '+Inf'])
            add(`size_bucket{le=${le},of=${label}}`, value <= Number(le.replace('+Inf', 'Infinity')) ? 1 : 0)
          add(`size_sum{of=${label}}`, value)
          add(`size_count{of=${label}}`, 1)
        } else if (what === 'set') {
          metrics.gauge({ name: 'level', help: 'L.', labelNames, aggregate: 'max' }).set({ of: label }, value)
          gauges[at]!.set(label, value)
        } else if (what === 'end') {
          users.retire(threads[at]!)
          threads[at] = new FakeThread()
          gauges[at]!.clear()
        } else await check()
      }
      await check()
      expect(conflicts).toEqual([])
    }),
    fuzz(300),
  )
})

describe('a real thread', () => {
  /** Counts in an endless loop; with `witness` it says after each how often. */
  async function spinning(witness: Int32Array | undefined): Promise<{ worker: Worker; thread: object }> {
    const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
    const code = `
      const { parentPort, workerData: witness } = require('node:worker_threads')
      import('tsx/esm/api').then(({ register }) => register()).then(() => Promise.all([import(${url('../../src/depend/metrics.ts')}), import(${url('../../src/depend/host-port.ts')})])).then(
        ([{ Metrics }, { HOST }]) => {
          const host = { sendMetrics: (message) => parentPort.postMessage(message) }
          const metrics = Object.assign(new Metrics(), { context: { service: 'spin', [HOST]: host } }).get()
          const counter = metrics.counter({ name: 'turns_total', help: 'Turns.', labelNames: ['of'] }).labels('loop')
          parentPort.postMessage('ready')
          if (witness) for (;;) { counter.inc(); Atomics.add(witness, 0, 1) }
          else for (;;) counter.inc()
        },
      )`
    const worker = new Worker(code, { eval: true, workerData: witness })
    onTestFinished(async () => void (await worker.terminate()))
    const thread = {}
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (message) => (message === 'ready' ? resolve() : users.take(thread, message)))
      worker.on('error', reject)
    })
    return { worker, thread }
  }

  const turns = async () => (await series())['turns_total{of=loop}']!

  /** Scrapes until there are more; on a busy machine the thread may have to wait for a processor. */
  const turnsAbove = async (count: number): Promise<number> => {
    for (;;) {
      const now = await turns()
      if (now > count) return now
      await sleep(5)
    }
  }

  it('that spins in a loop is read while it does, and when it is terminated nothing it counted is lost', async () => {
    const witness = new Int32Array(new SharedArrayBuffer(4))
    const { worker, thread } = await spinning(witness)
    let last = 0
    for (let scrape = 0; scrape < 10; scrape++) {
      const before = Atomics.load(witness, 0)
      const now = await turnsAbove(last)
      expect(now).toBeGreaterThanOrEqual(before)
      last = now
    }
    await worker.terminate()
    const counted = await turns()
    users.retire(thread)
    expect(await turns()).toBe(counted)
    // It may have been stopped between the two counts.
    expect(counted - Atomics.load(witness, 0)).toBeOneOf([0, 1])
  })

  it('whose loop has been compiled to do nothing but count is read, too', async () => {
    const { worker, thread } = await spinning(undefined)
    const early = await turnsAbove(1e6)
    const late = await turnsAbove(early)
    await worker.terminate()
    users.retire(thread)
    expect(await turns()).toBeGreaterThanOrEqual(late)
  })
})
