/** Scrapes beside ticking services: what `/metrics` says is consistent at every moment. */
import { describe, expect, it } from 'vitest'
import { ledgersIn } from '../faults/support/ledgers.js'
import { parseExposition } from '../observe/exposition.js'
import { supervise } from '../support/supervised.js'

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, count) => total + count, 0)

const TICKS = 40

describe('a scrape', () => {
  it('a scrape beside ticks closes every ledger exactly, and no counter goes backwards', async () => {
    const { supervisor, nthRun, stop } = await supervise(['named.mjs', 'overlaps.ts'])
    let isOver = false
    const ended = nthRun('named.report#even', TICKS).then(() => {
      isOver = true
    })
    const before = new Map<string, number>()
    const wrong: unknown[] = []
    let scrapes = 0
    while (!isOver) {
      const text = await supervisor.registry.metrics()
      scrapes++
      for (const { entrypoint, due, skipped, runs, active, pending } of ledgersIn(text, '')) {
        if (due !== sum(skipped) + sum(runs) + active + pending) wrong.push({ entrypoint, due, skipped, runs })
        if (due < (before.get(entrypoint) ?? 0)) wrong.push({ entrypoint, due, before: before.get(entrypoint) })
        before.set(entrypoint, due)
      }
    }
    await ended
    expect(wrong).toEqual([])
    expect(scrapes).toBeGreaterThan(1)
    expect(before.get('named.report#even')).toBeGreaterThan(0)
    await stop()
  })

  it('a scrape has the gauges of timers, threads and the scheduler that the main thread writes', async () => {
    const { supervisor, nthRun, stop } = await supervise(['named.mjs'])
    await nthRun('named.report#even', 3)
    const scrapedAt = Date.now() / 1_000
    const families = parseExposition(await supervisor.registry.metrics())
    const on = (name: string, labels: Record<string, string>) =>
      families
        .get(`escapement_${name}`)!
        .samples.filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
    const even = { service: 'named', method: 'report#even' }
    expect(on('interval_seconds', even)[0]!.value).toBe(0.05)
    expect(on('next_tick_timestamp_seconds', even)[0]!.value).toBeGreaterThan(scrapedAt - 1)
    expect(on('last_success_timestamp_seconds', even)[0]!.value).toBeGreaterThan(scrapedAt - 60)
    const threads = on('workers', { pool: 'named' })
    expect(threads.reduce((total, { value }) => total + value, 0)).toBe(1)
    const lags = families.get('escapement_scheduler_lag_seconds')!.samples
    expect(lags.find(({ name }) => name.endsWith('_count'))!.value).toBeGreaterThan(0)
    expect(on('event_loop_lag_seconds', {}).map(({ labels }) => labels.stat)).toEqual(['p50', 'p99', 'max'])
    await stop()
  })
})
