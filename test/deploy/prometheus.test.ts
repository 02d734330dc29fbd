/** A real Prometheus scrapes a real engine, with the rules and the configuration that are shipped, and has the right numbers. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parse, stringify } from 'yaml'
import { findServer } from '../support/servers/find-server.js'
import { startPrometheus } from '../support/servers/prometheus.js'
import { type Supervised, supervise } from '../support/supervised.js'
import { asSent, dashboardQueries } from './dashboard.js'
import { deployPath, readDeploy } from './deploy-file.js'

const program = await findServer('prometheus')

interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

/** The shipped configuration, faster, with another target. */
function configurationFor(target: string): string {
  const configuration = parse(readDeploy('prometheus/prometheus.yaml'))
  configuration.global = { scrape_interval: '200ms', evaluation_interval: '200ms' }
  configuration.rule_files = [deployPath('prometheus/rules.yaml')]
  configuration.scrape_configs[0].static_configs[0].targets = [target]
  return stringify(configuration)
}

class Client {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  async get<Data>(path: string): Promise<Data> {
    const response = await fetch(`${this.#url}/api/v1/${path}`)
    const { status, data, error } = (await response.json()) as { status: string; data: Data; error?: string }
    if (status !== 'success') throw new Error(`${path}: ${error}`)
    return data
  }

  async query(expression: string): Promise<readonly Sample[]> {
    const { result } = await this.get<{ result: Sample[] }>(`query?query=${encodeURIComponent(expression)}`)
    return result
  }

  /** The value of the only series. */
  async value(expression: string): Promise<number | undefined> {
    const result = await this.query(expression)
    if (result.length > 1) throw new Error(`${expression} has ${result.length} series`)
    return result[0] && Number(result[0].value[1])
  }

  /** Asks until the answer is right; the time-out of the test limits it. */
  async until<Answer>(ask: () => Promise<Answer>, isRight: (answer: Answer) => boolean): Promise<Answer> {
    for (;;) {
      const answer = await ask()
      if (isRight(answer)) return answer
      await sleep(50)
    }
  }
}

async function trigger({ supervisor, nthRun }: Supervised, id: string, times: number): Promise<void> {
  for (let count = 1; count <= times; count++) {
    const ended = nthRun(id, count)
    supervisor.trigger(id)
    await ended
  }
}

async function scraped() {
  const supervised = await supervise(['operated.mjs'], { http: { host: '127.0.0.1', port: 0 } })
  const prometheus = await startPrometheus(program!, configurationFor(new URL(supervised.supervisor.url!).host))
  onTestFinished(() => prometheus.stop())
  return { ...supervised, client: new Client(prometheus.url) }
}

describe.skipIf(!program)('a real Prometheus', () => {
  it('a real Prometheus has the exact counts of a real engine, and its alerts fire', async () => {
    const { client, stop, ...supervised } = await scraped()
    await trigger({ stop, ...supervised }, 'operated.works', 7)
    await trigger({ stop, ...supervised }, 'operated.fails', 5)
    const of = (metric: string, labels: string) => `escapement_${metric}{service="operated",${labels}}`
    await client.until(
      () => client.value(of('runs_total', 'method="fails",outcome="failed"')),
      (failed) => failed === 5,
    )
    const value = (metric: string, labels: string) => client.value(of(metric, labels))
    expect(await value('runs_total', 'method="works",outcome="completed"')).toBe(7)
    expect(await value('runs_total', 'method="works",outcome="failed"')).toBe(0)
    expect(await value('ticks_due_total', 'method="works"')).toBe(7)
    expect(await value('ticks_due_total', 'method="fails"')).toBe(5)
    expect(await value('consecutive_failures', 'method="fails"')).toBe(5)
    expect(await value('run_duration_seconds_count', 'method="works"')).toBe(7)
    expect(await value('interval_seconds', 'method="works"')).toBe(3_600)
    expect(await value('timeout_seconds', 'method="fails"')).toBe(5)
    expect(await value('no_success_since_timestamp_seconds', 'method="works"')).toBe(0)
    expect(await client.value('escapement_leader{lease="operated"}')).toBe(1)
    const alerts = await client.until(
      () => client.query('ALERTS{alertstate="firing"}'),
      (firing) => firing.length >= 2,
    )
    const names = alerts.map(({ metric }) => `${metric.alertname} ${metric.service}.${metric.method}`)
    expect(names.sort()).toEqual(['EscapementFailing operated.fails', 'EscapementRareJobFailed operated.fails'])
    const { groups } = await client.get<{ groups: { rules: { name: string; health: string }[] }[] }>('rules')
    expect(groups.flatMap(({ rules }) => rules).filter(({ health }) => health === 'err')).toEqual([])
    await stop()
  })

  it('a real Prometheus finds every ledger closed in every scrape while jobs tick', async () => {
    const { client, stop, nthRun } = await scraped()
    await nthRun('operated.beats', 100)
    const open = `escapement_ticks_due_total - (sum by (job, instance, service, method) (escapement_ticks_skipped_total)
      + on (job, instance, service, method) sum by (job, instance, service, method) (escapement_runs_total)
      + on (job, instance, service, method) escapement_runs_active + on (job, instance, service, method) escapement_ticks_pending)`
    const scrapes = 'count_over_time(escapement_ticks_due_total{method="beats"}[5m])'
    await client.until(
      () => client.value(scrapes),
      (count) => (count ?? 0) >= 5,
    )
    const worst = await client.query(`max_over_time(abs(${open})[1m:200ms])`)
    expect(worst).toHaveLength(4)
    expect(worst.map(({ value }) => Number(value[1]))).toEqual([0, 0, 0, 0])
    await stop()
  })

  it('a real Prometheus answers every query of the Grafana dashboard', async () => {
    const { client, stop, nthRun } = await scraped()
    await nthRun('operated.beats', 20)
    await client.until(
      () => client.value('count_over_time(escapement_ticks_due_total{method="beats"}[5m])'),
      (count) => (count ?? 0) >= 3,
    )
    const empty: string[] = []
    for (const { where, expr } of dashboardQueries) {
      const result = await client.query(asSent(expr))
      if (result.length === 0) empty.push(where)
    }
    const panels = new Set(dashboardQueries.map(({ where }) => where))
    expect(SHOWN.filter((title) => !panels.has(title))).toEqual([])
    expect(SHOWN.filter((title) => empty.includes(title))).toEqual([])
    await stop()
  })
})

/** What there is to see of an engine of which nothing is wrong; other panels may be empty. */
const SHOWN = [
  'Instances up',
  'Overdue',
  'Ledger violations',
  'Next ticks',
  'Ticks due and runs',
  'Runs, by outcome',
  'Durations',
  'Start lateness',
  'Scheduler lag',
  'Threads, by state',
  'Leaders',
  'CPU',
  'Memory',
  'Versions',
]
