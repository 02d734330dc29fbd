import { expect, it } from 'vitest'
import type { EndedTick } from '../../../src/admin/history/history-store.js'
import { MemoryHistory } from '../../../src/admin/history/memory-history.js'
import { OUTCOMES, SKIP_REASONS } from '../../../src/kernel/vocabulary.js'

const START = Date.UTC(2026, 0, 5)
const MEGABYTE = 1_024 * 1_024
const ENTRYPOINTS = 1_000
const PER_SECOND = 10

/** Bytes that are in use. vitest.config.ts gives the tests `gc`. */
function used(): number {
  ;(globalThis as unknown as { gc(): void }).gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

it('1,000 entrypoints that tick ten times a second for 25 seconds, with talkative failures, take less than 64 MB', () => {
  const before = used()
  const history = new MemoryHistory(ENTRYPOINTS)
  const stack = `Error\n${'    at somewhere (file:///app/services/some-service.ts:10:20)\n'.repeat(60)}`
  for (let sequence = 1; sequence <= 25 * PER_SECOND; sequence++) {
    const ticks: EndedTick[] = []
    for (let entrypoint = 0; entrypoint < ENTRYPOINTS; entrypoint++) {
      const tick = tickOf(entrypoint, sequence)
      ticks.push(tick)
      if (tick.end !== 'run' || tick.outcome !== 'failed') continue
      history.line(entrypoint, sequence, JSON.stringify({ entrypoint, sequence, padding: 'x'.repeat(600) }))
      history.error(entrypoint, sequence, { name: 'Error', message: `failed in ${sequence}`, stack })
      // Notes about ticks that never come.
      history.line(entrypoint, sequence + 1_000_000, 'x'.repeat(300))
    }
    history.append(ticks)
  }
  expect(used() - before).toBeLessThan(64 * MEGABYTE)
  expect(history.textBytes).toBeGreaterThan(15 * MEGABYTE)
  expect(history.drops).toMatchObject({ not_read_in_time: 0, too_many_entrypoints: 0 })
  expect(history.drops.old_texts).toBeGreaterThan(0)
  expect(history.drops.texts_without_tick).toBeGreaterThan(0)
  expect(history.strip(999, 1_000)).toHaveLength(200)
})

it('100,000 entrypoints take less than 64 MB', () => {
  const before = used()
  const history = new MemoryHistory(100_000)
  for (let sequence = 1; sequence <= 10; sequence++) {
    for (let entrypoint = 0; entrypoint < 100_000; entrypoint++) history.append([tickOf(entrypoint, sequence)])
  }
  expect(used() - before).toBeLessThan(64 * MEGABYTE)
  expect(history.drops.too_many_entrypoints).toBeGreaterThan(0)
  expect(history.strip(99_999, 1_000).length).toBeGreaterThan(5)
})

/** All outcomes and some skips, in turn. Each object is written out: V8 spreads one with fractional numbers many times slower. */
function tickOf(entrypoint: number, sequence: number): EndedTick {
  const dueAt = START + (sequence * 1_000) / PER_SECOND
  const kind = (entrypoint + sequence) % (OUTCOMES.length + 2)
  if (kind >= OUTCOMES.length) {
    const reason = SKIP_REASONS[sequence % SKIP_REASONS.length]!
    return { entrypoint, sequence, dueAt, end: 'skipped', reason, count: 1, firstDueAt: dueAt }
  }
  return {
    entrypoint,
    sequence,
    dueAt,
    end: 'run',
    outcome: OUTCOMES[kind]!,
    cause: undefined,
    attempts: 1,
    startedAfter: 0.05,
    endedAfter: 3,
    threadId: 1,
  }
}
