import { Counter, Gauge, type OpenMetricsContentType, Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CountedService, catalogueOf } from '../../src/counters/catalogue.js'
import { countEvents } from '../../src/counters/count-events.js'
import { Counters } from '../../src/counters/counters.js'
import { LEASE_ROW, METHOD_ROW, POOL_ROW, PROCESS_ROW, SERVICE_ROW, TIMER_ROW } from '../../src/counters/row-shapes.js'
import { countEnded } from '../../src/dispatch/count-run.js'
import { Run, type Timer, timersOf } from '../../src/dispatch/lane.js'
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import { Events, THREAD_END_REASONS } from '../../src/kernel/events.js'
import { OutputMemory } from '../../src/kernel/output/output-memory.js'
import type { Micros } from '../../src/kernel/time.js'
import { VERSION } from '../../src/kernel/version.js'
import { THREAD_STATES } from '../../src/kernel/view.js'
import { LAG_STATS, type MetricDetail, type Outcome } from '../../src/kernel/vocabulary.js'
import { AdminCounts } from '../../src/observe/admin-counts.js'
import { notifyMetrics, readerMetrics } from '../../src/observe/admin-metrics.js'
import type { MetricsRegistry } from '../../src/observe/exported-metric.js'
import { METRICS, type MetricSpec } from '../../src/observe/metric-table.js'
import { createMetrics, type Metrics, type MetricsOptions } from '../../src/observe/metrics.js'
import { outputDrops } from '../../src/observe/output-drops.js'
import { UserMetrics } from '../../src/observe/user-metrics.js'
import { countedService } from '../support/counters.js'
import { timerDefinition } from '../support/timer.js'
import { type Family, parseExposition } from './exposition.js'

const TABLE: readonly MetricSpec[] = Object.values(METRICS)
const ON = { service: 'mail', method: 'send' }

interface RunTimes {
  readonly lateness: Micros
  readonly duration: Micros
}

/** What the main thread has: the counters of an engine and the parts that write them. */
class Main {
  readonly counters: Counters
  readonly timers: readonly Timer[]
  readonly events = new Events()

  constructor(services: readonly CountedService[], detail?: MetricDetail) {
    this.counters = new Counters(catalogueOf(services, detail))
    this.timers = timersOf(
      services.flatMap(({ timers }) => timers),
      this.counters,
    )
    countEvents(this.events, this.counters)
  }

  get first(): Timer {
    return this.timers[0]!
  }

  /** A run of the first timer that starts `lateness` after its due moment and takes `duration`, both in microseconds. */
  run(
    outcome: Outcome = 'completed',
    times: RunTimes | 'never called' = { lateness: 20, duration: 3_000 },
    timer = this.first,
  ): void {
    const due = 1_000_000
    timer.ledger.arrive()
    timer.ledger.dispatch()
    const run = new Run(timer, { sequence: 1, dueMono: due, dueWall: 0, startBy: due }, false, undefined)
    const startedAt = times === 'never called' ? undefined : due + times.lateness
    const endedAt = times === 'never called' ? undefined : due + times.lateness + times.duration
    const rest = { error: undefined, isSynchronous: false, isBlamed: false, nextInterval: undefined, threadId: 1 }
    countEnded(run, outcome, { result: outcome, startedAt, endedAt, ...rest }, 1_000)
  }
}

const MAIL = countedService([timerDefinition({ ...ON, timeout: 2_000_000 })], {
  rpcs: [{ kind: 'rpc', id: 'mail.ask', service: 'mail', method: 'ask' }],
  leases: ['mail'],
  usesMembers: true,
})
const DISK = countedService([timerDefinition({ service: 'disk', method: 'sweep', scope: 'cluster' })])

/** Timers with so many options that every series can occur. */
const EVERYTHING: Partial<TimerDefinition> = {
  timeout: 2_000_000,
  hasWhen: true,
  retry: { attempts: 2, backoff: { initial: 1, factor: 1, max: 1, jitter: 0 } },
  breaker: { failures: 5, reset: 1, factor: 1, max: 1 },
  scope: 'cluster',
  lease: 'mail',
  window: { days: ['mon'], fromMinute: 0, toMinute: 60 },
}
const BUSY = countedService([
  timerDefinition({ service: 'busy', method: 'skips', ...EVERYTHING }),
  timerDefinition({ service: 'busy', method: 'queued', scope: 'queue', offerLease: 'busy/queue' }),
  timerDefinition({ service: 'busy', method: 'replaces', ...EVERYTHING, overlap: 'replace' }),
])

let main: Main
let registry: Registry
const running: Metrics[] = []

beforeEach(() => {
  main = new Main([MAIL, DISK])
  registry = new Registry()
})

afterEach(() => {
  for (const metrics of running.splice(0)) metrics.stop()
})

function observe(options: Partial<MetricsOptions> = {}): Metrics {
  const { dropped } = new UserMetrics({ registry: options.registry ?? registry, onConflict: () => {} })
  const { catalogue, memory } = main.counters
  const metrics = createMetrics({
    registry,
    catalogue,
    memory,
    others: [
      dropped,
      outputDrops(new OutputMemory()),
      ...readerMetrics(new AdminCounts()),
      ...notifyMetrics(new AdminCounts()),
    ],
    ...options,
  })
  running.push(metrics)
  return metrics
}

async function scrape(from: MetricsRegistry = registry): Promise<Map<string, Family>> {
  return parseExposition(await from.metrics())
}

/** The value of one series; undefined when there is none. */
async function value(name: string, labels: Record<string, string> = {}, from: MetricsRegistry = registry) {
  const samples = [...(await scrape(from)).values()].flatMap((family) => family.samples)
  const wanted = JSON.stringify(Object.entries(labels).sort())
  return samples.find(
    (sample) => sample.name === name && JSON.stringify(Object.entries(sample.labels).sort()) === wanted,
  )?.value
}

describe('the table of metrics', () => {
  it('the table of metrics names exactly what is in the registry, with its type and its help', async () => {
    observe()
    const families = await scrape()
    expect([...families.keys()].sort()).toEqual(TABLE.map(({ name }) => name).sort())
    for (const { name, type, help } of TABLE) expect(families.get(name)).toMatchObject({ type, help })
  })

  it('the table of metrics keeps to the naming rules: counters end in _total, times in _seconds, bounds rise', () => {
    for (const { name, type, buckets } of TABLE) {
      expect(name.endsWith('_total')).toBe(type === 'counter')
      if (buckets) expect(name).toMatch(/_seconds$/)
      expect(buckets ?? []).toEqual([...new Set(buckets)].sort((a, b) => a - b))
      expect(buckets !== undefined).toBe(type === 'histogram')
    }
  })

  it('the table of metrics tells the labels of every sample, and all of their values', async () => {
    main = new Main([MAIL, DISK, BUSY])
    observe()
    const families = await scrape()
    for (const { name, labels, type } of TABLE) {
      const { samples } = families.get(name)!
      for (const sample of samples) {
        const own = Object.keys(sample.labels).filter((label) => !(type === 'histogram' && label === 'le'))
        expect(own.sort(), name).toEqual(Object.keys(labels).sort())
      }
      for (const [label, values] of Object.entries(labels)) {
        if (values === 'any') continue
        expect(new Set(samples.map((sample) => sample.labels[label])), name).toEqual(new Set(values))
      }
    }
  })
})

describe('before anything has happened', () => {
  it('every reason and every outcome that can occur to a timer is there, at 0, and no other', async () => {
    observe()
    const families = await scrape()
    const { series } = main.counters.catalogue.timers[0]!
    for (const [name, label, values] of [
      ['escapement_ticks_skipped_total', 'reason', series.skipped],
      ['escapement_runs_total', 'outcome', series.runs],
      ['escapement_aborts_total', 'cause', series.aborts],
      ['escapement_retries_total', 'result', series.retries],
    ] as const) {
      const ofMail = families.get(name)!.samples.filter(({ labels }) => labels.service === 'mail')
      expect(ofMail.map(({ labels }) => labels[label])).toEqual(values)
      expect(ofMail.every((sample) => sample.value === 0)).toBe(true)
    }
    expect(series.skipped).not.toContain('circuit_open')
    expect(series.runs).toContain('timed_out')
  })

  it('every bucket of every entrypoint is there, at 0', async () => {
    observe()
    const families = await scrape()
    for (const spec of [METRICS.startLateness, METRICS.runDuration]) {
      const { samples } = families.get(spec.name)!
      expect(samples).toHaveLength(2 * (spec.buckets.length + '+Inf sum count'.split(' ').length))
      expect(samples.every((sample) => sample.value === 0)).toBe(true)
      const bounds = samples
        .filter(({ labels }) => labels.service === 'mail' && labels.le)
        .map(({ labels }) => labels.le)
      expect(bounds).toEqual([...spec.buckets.map(String), '+Inf'])
    }
  })

  it('restarts are there for every service and reason, also of a service without timers', async () => {
    main = new Main([MAIL, DISK, countedService([], { name: 'rpc_only' })])
    observe()
    const { samples } = (await scrape()).get('escapement_worker_restarts_total')!
    expect(samples).toHaveLength(3 * THREAD_END_REASONS.length)
    expect(samples.every((sample) => sample.value === 0)).toBe(true)
    expect(samples.some(({ labels }) => labels.service === 'rpc_only')).toBe(true)
  })

  it('the build is named', async () => {
    observe()
    expect(VERSION).toMatch(/^\d+\.\d+\.\d+/)
    expect(await value('escapement_build_info', { version: VERSION, node: process.version })).toBe(1)
  })
})

describe('what the ledger counts', () => {
  it('is what a scrape says', async () => {
    observe()
    const { ledger } = main.first
    ledger.arrive(5)
    ledger.skip('running', 3)
    ledger.skip('missed', 2)
    for (let run = 0; run < 10; run++) main.run()
    main.run('failed')
    ledger.arrive()
    ledger.dispatch()
    ledger.arrive()
    ledger.wait()
    expect(await value('escapement_ticks_due_total', ON)).toBe(18)
    expect(await value('escapement_ticks_skipped_total', { ...ON, reason: 'running' })).toBe(3)
    expect(await value('escapement_ticks_skipped_total', { ...ON, reason: 'missed' })).toBe(2)
    expect(await value('escapement_runs_total', { ...ON, outcome: 'completed' })).toBe(10)
    expect(await value('escapement_runs_total', { ...ON, outcome: 'failed' })).toBe(1)
    expect(await value('escapement_runs_active', ON)).toBe(1)
    expect(await value('escapement_ticks_pending', ON)).toBe(1)
    expect(await value('escapement_ticks_due_total', { service: 'disk', method: 'sweep' })).toBe(0)
  })

  it('closes within one scrape even when the engine goes on meanwhile', async () => {
    observe()
    for (let run = 0; run < 5; run++) main.run()
    const text = registry.metrics()
    setImmediate(() => main.run())
    const families = parseExposition(await text)
    expect(main.first.ledger.due).toBe(6)
    const sum = (name: string) => families.get(name)!.samples.reduce((total, sample) => total + sample.value, 0)
    expect(sum('escapement_ticks_due_total')).toBe(5)
    expect(sum('escapement_runs_total') + sum('escapement_runs_active')).toBe(5)
    expect(sum('escapement_run_duration_seconds') > 0).toBe(true)
  })

  it('is read once for a scrape, after the main thread has been asked to write what it only samples', async () => {
    let refreshes = 0
    observe({
      async refresh() {
        await Promise.resolve()
        main.counters.process.set(PROCESS_ROW.at.eventLoopLag, ++refreshes)
      },
    })
    expect(await value('escapement_event_loop_lag_seconds', { stat: LAG_STATS[0] })).toBe(1)
    expect(await value('escapement_event_loop_lag_seconds', { stat: LAG_STATS[0] })).toBe(2)
    expect(refreshes).toBe(2)
  })

  it('is taken from the scrape before, and that is counted, while a timer is in the middle of a change', async () => {
    observe()
    main.run()
    expect(await value('escapement_stale_rows_total')).toBe(0)
    main.first.ledger.arrive()
    const families = await scrape()
    const due = families.get('escapement_ticks_due_total')!.samples
    expect(due.map((sample) => sample.value)).toEqual([1, 0])
    expect(families.get('escapement_stale_rows_total')!.samples[0]!.value).toBe(1)
    main.first.ledger.skip('running')
    expect(await value('escapement_ticks_due_total', ON)).toBe(2)
  })

  it('is made into text in many turns of the event loop, not in one long one', async () => {
    observe()
    let turns = 0
    let isOver = false
    const count = () => {
      turns++
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    await registry.metrics()
    isOver = true
    expect(turns).toBeGreaterThanOrEqual(TABLE.length)
  })

  it('cannot be set back by resetMetrics', async () => {
    observe()
    main.run()
    registry.resetMetrics()
    expect(await value('escapement_ticks_due_total', ON)).toBe(1)
  })
})

describe('the detail service', () => {
  const total = (families: ReadonlyMap<string, Family>, name: string, labels: Record<string, string>) =>
    families
      .get(`escapement_${name}`)!
      .samples.filter(({ labels: own }) => Object.entries(labels).every(([key, value]) => own[key] === value))
      .reduce((sum, sample) => sum + sample.value, 0)

  it('the detail service adds up histograms and enum counters, and keeps the gauges of each timer', async () => {
    const timers = ['a', 'b'].map((method) => timerDefinition({ service: 'mail', method }))
    main = new Main(
      [countedService([...timers, timerDefinition({ service: 'mail', method: 'c', timeout: 1 })])],
      'service',
    )
    observe()
    for (const [index, timer] of main.timers.entries()) {
      for (let run = 0; run <= index; run++) main.run('failed', undefined, timer)
    }
    main.first.ledger.arrive()
    main.first.ledger.skip('running')
    const families = await scrape()
    const runs = families.get('escapement_runs_total')!.samples
    const series = [
      ['completed', 0],
      ['failed', 6],
      ['timed_out', 0],
      ['aborted', 0],
      ['crashed', 0],
    ]
    expect(runs.map(({ labels, value }) => [labels, value])).toEqual(
      series.map(([outcome, value]) => [{ outcome, service: 'mail' }, value]),
    )
    const count = families.get('escapement_run_duration_seconds')!.samples.find(({ name }) => name.endsWith('_count'))!
    expect([count.labels, count.value]).toEqual([{ service: 'mail' }, 6])
    expect(total(families, 'ticks_due_total', { method: 'c' })).toBe(3)
    expect(families.get('escapement_interval_seconds')!.samples).toHaveLength(3)
    const places = ['ticks_skipped_total', 'runs_total', 'runs_active', 'ticks_pending']
    expect(places.reduce((sum, name) => sum + total(families, name, {}), 0)).toBe(
      total(families, 'ticks_due_total', {}),
    )
  })
})

describe('several timers of one method', () => {
  it('have series of their own for what is their own, and share those of the method', async () => {
    const timers = ['morning', 'evening'].map((name) => timerDefinition({ ...ON, name }))
    main = new Main([countedService(timers)])
    observe()
    main.run('failed')
    expect(await value('escapement_ticks_due_total', { service: 'mail', method: 'send#morning' })).toBe(1)
    expect(await value('escapement_ticks_due_total', { service: 'mail', method: 'send#evening' })).toBe(0)
    expect(await value('escapement_ticks_due_total', ON)).toBeUndefined()
    const label = { service: 'mail', method: 'send#morning' }
    expect(await value('escapement_run_duration_seconds_count', label)).toBe(1)

    main.first.lane.row.set(METHOD_ROW.at.circuit, 2)
    main.first.lane.row.set(METHOD_ROW.at.consecutiveFailures, 12)
    expect(await value('escapement_circuit_state', ON)).toBe(2)
    expect(await value('escapement_consecutive_failures', ON)).toBe(12)
    expect((await scrape()).get('escapement_consecutive_failures')!.samples).toHaveLength(1)
  })
})

describe('times', () => {
  it('are seconds, and instants are Unix time', async () => {
    observe()
    const at = Date.UTC(2026, 0, 1) + 250
    const { row } = main.first
    row.set(TIMER_ROW.at.interval, 100_000)
    row.set(TIMER_ROW.at.lastSuccess, at)
    row.set(TIMER_ROW.at.nextTick, at + 100)
    expect(await value('escapement_interval_seconds', ON)).toBe(0.1)
    expect(await value('escapement_timeout_seconds', ON)).toBe(2)
    expect(await value('escapement_last_success_timestamp_seconds', ON)).toBe(at / 1_000)
    expect(await value('escapement_next_tick_timestamp_seconds', ON)).toBe((at + 100) / 1_000)
  })

  it('are 0 for what does not exist', async () => {
    observe()
    const on = { service: 'disk', method: 'sweep' }
    expect(await value('escapement_timeout_seconds', on)).toBe(0)
    expect(await value('escapement_last_success_timestamp_seconds', on)).toBe(0)
    expect(await value('escapement_next_tick_timestamp_seconds', on)).toBe(0)
  })
})

describe('lateness and duration', () => {
  it('lateness and duration are observed run by run, cumulatively and bounds included', async () => {
    observe()
    main.run('completed', { lateness: 10, duration: 3_000 })
    main.run('completed', { lateness: 300, duration: 1_000_000_000 })
    const late = 'escapement_start_lateness_seconds'
    const took = 'escapement_run_duration_seconds'
    expect(await value(`${late}_bucket`, { ...ON, le: '0.00001' })).toBe(1)
    expect(await value(`${late}_bucket`, { ...ON, le: '0.00025' })).toBe(1)
    expect(await value(`${late}_bucket`, { ...ON, le: '0.0005' })).toBe(2)
    expect(await value(`${late}_sum`, ON)).toBeCloseTo(0.000_31, 9)
    expect(await value(`${took}_bucket`, { ...ON, le: '0.0025' })).toBe(0)
    expect(await value(`${took}_bucket`, { ...ON, le: '300' })).toBe(1)
    expect(await value(`${took}_bucket`, { ...ON, le: '+Inf' })).toBe(2)
    expect(await value(`${took}_count`, ON)).toBe(2)
    expect(await value(`${took}_count`, { service: 'disk', method: 'sweep' })).toBe(0)
  })

  it('lateness and duration leave out a run whose method was never reached', async () => {
    observe()
    main.run('crashed', 'never called')
    expect(await value('escapement_runs_total', { ...ON, outcome: 'crashed' })).toBe(1)
    expect(await value('escapement_start_lateness_seconds_count', ON)).toBe(0)
    expect(await value('escapement_run_duration_seconds_count', ON)).toBe(0)
  })

  it('lateness and duration are counted for an entrypoint that runs before the registry is filled', async () => {
    main.run()
    observe()
    expect(await value('escapement_run_duration_seconds_count', ON)).toBe(1)
  })
})

describe('threads', () => {
  const exited = { pool: 'shared', slot: 0, threadId: 3, exitCode: 1, services: ['mail', 'disk'] }

  it('are counted by pool and state', async () => {
    observe()
    const row = main.counters.pool('mail')
    row.set(POOL_ROW.at.threads + THREAD_STATES.indexOf('busy'), 2)
    expect(await value('escapement_workers', { pool: 'mail', state: 'busy' })).toBe(2)
    expect(await value('escapement_workers', { pool: 'mail', state: 'idle' })).toBe(0)
    expect(await value('escapement_workers', { pool: 'disk', state: 'busy' })).toBe(0)
  })

  it('the lead of a pool is given in seconds', async () => {
    observe()
    main.counters.pool('mail').set(POOL_ROW.at.lead, 6_000)
    expect(await value('escapement_lead_seconds', { pool: 'mail' })).toBe(0.006)
  })

  it('that are started again count for each of their services', async () => {
    observe()
    main.events.emit('thread.exited', { ...exited, reason: 'out_of_memory', restartIn: 0.1 })
    main.events.emit('thread.exited', { ...exited, services: ['mail'], reason: 'out_of_memory', restartIn: 0.2 })
    const name = 'escapement_worker_restarts_total'
    expect(await value(name, { service: 'mail', reason: 'out_of_memory' })).toBe(2)
    expect(await value(name, { service: 'disk', reason: 'out_of_memory' })).toBe(1)
    expect(await value(name, { service: 'mail', reason: 'killed' })).toBe(0)
  })

  it('that stay ended are no restart', async () => {
    observe()
    main.events.emit('thread.exited', { ...exited, reason: 'stopped', exitCode: 0 })
    expect(await value('escapement_worker_restarts_total', { service: 'mail', reason: 'stopped' })).toBe(0)
  })
})

describe('the scheduler', () => {
  it('the scheduler counts clock jumps and ledger violations', async () => {
    observe()
    main.events.emit('clock.jumped', { by: 3_600, direction: 'forward' })
    main.events.emit('clock.jumped', { by: -5, direction: 'backward' })
    main.events.emit('clock.jumped', { by: 5, direction: 'forward' })
    main.events.emit('ledger.violated', { entrypoint: 'mail.send', detail: '1 tick is lost' })
    expect(await value('escapement_clock_jumps_total', { direction: 'forward' })).toBe(2)
    expect(await value('escapement_clock_jumps_total', { direction: 'backward' })).toBe(1)
    expect(await value('escapement_ledger_violations_total')).toBe(1)
  })
})

describe('a registry', () => {
  it('a registry of the user keeps what the user put in, before and after', async () => {
    const mine = new Counter({ name: 'orders_total', help: 'Orders.', registers: [registry] })
    mine.inc(3)
    observe().stop()
    expect([...(await scrape()).keys()]).toEqual(['orders_total'])
    expect(await value('orders_total')).toBe(3)
  })

  it('a registry that another supervisor uses is refused, until that one has stopped', async () => {
    const first = observe()
    expect(() => observe()).toThrow(
      'the registry already has the metric escapement_ticks_due_total: another supervisor uses this registry. ' +
        'Give each supervisor its own registry, or stop the other supervisor first',
    )
    first.stop()
    observe()
    first.stop()
    expect(await value('escapement_ticks_due_total', ON)).toBe(0)
  })

  it('a registry of its own lets two supervisors live in one process', async () => {
    const other = new Main([MAIL])
    const { catalogue, memory } = other.counters
    const otherRegistry = new Registry()
    observe({ processMetrics: true })
    observe({ registry: otherRegistry, catalogue, memory, processMetrics: true })
    other.run()
    expect(await value('escapement_ticks_due_total', ON)).toBe(0)
    expect(await value('escapement_ticks_due_total', ON, otherRegistry)).toBe(1)
    expect(await value('escapement_run_duration_seconds_count', ON)).toBe(0)
    expect(await value('escapement_run_duration_seconds_count', ON, otherRegistry)).toBe(1)
    expect(await value('process_resident_memory_bytes')).toBeGreaterThan(0)
    expect(await value('process_resident_memory_bytes', {}, otherRegistry)).toBeGreaterThan(0)
  })

  it('a registry in the OpenMetrics format says the same', async () => {
    const open = new Registry<OpenMetricsContentType>()
    open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
    observe({ registry: open })
    for (let run = 0; run < 4; run++) main.run()
    const text = await open.metrics()
    expect(text).toContain('# TYPE escapement_ticks_due counter\n')
    expect(text).toContain('escapement_ticks_due_total{service="mail",method="send"} 4\n')
    expect(text).toMatch(/# EOF\n$/)
    running.pop()!.stop()
    expect(await open.metrics()).toBe('\n# EOF\n')
  })
})

describe('the metrics of the process', () => {
  it('the metrics of the process are left out unless asked for', async () => {
    observe()
    expect(await value('process_cpu_user_seconds_total')).toBeUndefined()
  })

  it('the metrics of the process come without those of the event loop monitor, which would cost more than all the rest', async () => {
    observe({ processMetrics: true })
    const names = [...(await scrape()).keys()]
    expect(names).toContain('process_cpu_user_seconds_total')
    expect(names).toContain('nodejs_gc_duration_seconds')
    expect(names.filter((name) => name.startsWith('nodejs_eventloop_lag_'))).toEqual([])
  })

  it('the metrics of the process leave alone what the registry has already got, also when they go', async () => {
    const mine = new Gauge({ name: 'process_open_fds', help: 'Mine.', registers: [registry] })
    mine.set(-1)
    observe({ processMetrics: true }).stop()
    expect([...(await scrape()).keys()]).toEqual(['process_open_fds'])
    expect(await value('process_open_fds')).toBe(-1)
  })
})

describe('several instances', () => {
  it('tell which leases are held, under which epoch, and what happened to them', async () => {
    observe()
    main.events.emit('lease.changed', { lease: 'mail', event: 'acquired', epoch: 7n })
    main.events.emit('lease.changed', { lease: 'mail', event: 'renewed', epoch: 7n })
    main.events.emit('lease.changed', { lease: 'mail', event: 'renewed', epoch: 7n })
    const row = main.counters.lease('mail')
    row.set(LEASE_ROW.at.leader, 1)
    row.set(LEASE_ROW.at.epoch, 7)
    main.counters.service('mail').set(SERVICE_ROW.at.members, 3)
    expect(await value('escapement_leader', { lease: 'mail' })).toBe(1)
    expect(await value('escapement_lease_epoch', { lease: 'mail' })).toBe(7)
    expect(await value('escapement_lease_events_total', { lease: 'mail', event: 'renewed' })).toBe(2)
    expect(await value('escapement_lease_events_total', { lease: 'mail', event: 'lost' })).toBe(0)
    expect(await value('escapement_members', { service: 'mail' })).toBe(3)
    expect(await value('escapement_members', { service: 'disk' })).toBeUndefined()
  })

  it('count what happens to tickets, from 0 on, for timers of scope queue only', async () => {
    main = new Main([MAIL, BUSY])
    observe()
    const queued = { service: 'busy', method: 'queued' }
    const { ledger } = main.timers.find(({ definition }) => definition.scope === 'queue')!
    ledger.arrive()
    ledger.wait()
    ledger.handOver()
    ledger.take()
    ledger.giveBack()
    expect(await value('escapement_ticks_handed_over_total', queued)).toBe(1)
    expect(await value('escapement_ticks_taken_total', queued)).toBe(1)
    expect(await value('escapement_ticks_returned_total', queued)).toBe(1)
    expect(await value('escapement_queue_tickets_total', { ...queued, event: 'kept' })).toBe(0)
    expect(await value('escapement_queue_depth', { service: 'busy', state: 'waiting' })).toBe(0)
    expect(await value('escapement_ticks_taken_total', ON)).toBeUndefined()
    expect(await value('escapement_queue_depth', { service: 'mail', state: 'waiting' })).toBeUndefined()
  })

  it('count what came of claims, from 0 on, for timers of scope cluster only', async () => {
    observe()
    const on = { service: 'disk', method: 'sweep' }
    main.events.emit('claim.ended', { entrypoint: 'disk.sweep', ...on, result: 'claimed_elsewhere' })
    expect(await value('escapement_claims_total', { ...on, result: 'claimed_elsewhere' })).toBe(1)
    expect(await value('escapement_claims_total', { ...on, result: 'claimed' })).toBe(0)
    expect(await value('escapement_claims_total', { ...ON, result: 'claimed' })).toBeUndefined()
  })
})

describe('calls from service to service', () => {
  it('calls from service to service are counted and measured by method, and what callers make up by no name of theirs', async () => {
    observe()
    const ended = { caller: undefined, duration: 0.002, isKnown: true, ...ON, method: 'ask' }
    main.events.emit('rpc.ended', { ...ended, outcome: 'completed' })
    main.events.emit('rpc.ended', { ...ended, outcome: 'refused', service: 'x', method: 'y', isKnown: false })
    const on = { service: 'mail', method: 'ask' }
    expect(await value('escapement_rpc_calls_total', { ...on, outcome: 'completed' })).toBe(1)
    expect(await value('escapement_rpc_calls_total', { ...on, outcome: 'crashed' })).toBe(0)
    expect(await value('escapement_rpc_duration_seconds_count', on)).toBe(1)
    const unknown = { service: 'unknown', method: 'unknown' }
    expect(await value('escapement_rpc_calls_total', { ...unknown, outcome: 'refused' })).toBe(1)
    expect(await value('escapement_rpc_calls_total', { ...unknown, outcome: 'completed' })).toBeUndefined()
    expect(await value('escapement_rpc_duration_seconds_count', unknown)).toBeUndefined()
  })
})
