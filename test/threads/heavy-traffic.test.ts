/** Data that services send does not reach the scheduler's thread as it is. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { supervise } from '../support/supervised.js'

describe('services that send a lot of data', () => {
  it('services that send a lot of data leave an unrelated service of 50 ms its ticks', async () => {
    const { log, supervisor, ledger, skipped, nthRun, stop } = await supervise(['heavy-traffic.mjs'])
    await nthRun('beat.tick', 1)
    await log.nth(1, { msg: 'taken' })
    const skippedBefore = skipped.filter(({ entrypoint }) => entrypoint === 'beat.tick').length
    const dueBefore = ledger('beat.tick').due
    await sleep(10_000)
    const beats = skipped.filter(({ entrypoint }) => entrypoint === 'beat.tick').slice(skippedBefore)
    const { due } = ledger('beat.tick')
    // Each kind of data was sent.
    expect(due - dueBefore).toBeGreaterThan(50)
    expect(log.matching({ msg: 'taken', count: 300_000 }).length).toBeGreaterThan(0)
    expect(log.matching({ msg: 'chatter' }).length).toBeGreaterThan(20_000)
    expect(ledger('thrower.tick').runs.failed).toBeGreaterThan(0)
    // None on a quiet machine. One that is busy with something else skips a few; data that blocks the main thread skips many.
    const count = beats.reduce((sum, { count }) => sum + count, 0)
    expect(count).toBeLessThan((due - dueBefore) / 10)
    expect(supervisor.snapshot().health.live).toBe(true)
    await stop()
  })
})

describe('an error that ends a thread', () => {
  it('an error that ends a thread is bounded, keeps what it says, and the exit handlers are called once', async () => {
    const exits = join(mkdtempSync(join(tmpdir(), 'uncaught-')), 'exits')
    const { log, stop } = await supervise(['uncaught.mjs'], { config: { EXITS: exits } })
    const died = await log.nth(1, { msg: 'thread died' })
    expect(died).toMatchObject({ services: ['large'], reason: 'error', exitCode: 1 })
    const { err } = died as unknown as { err: Record<string, unknown> }
    expect(err).toMatchObject({ code: 'E_LARGE', left: 3 })
    expect(err.type).toBe('RangeError')
    expect(err.message).toContain('nobody catches this')
    expect(err.message).toContain('the root cause')
    expect(err.stack).toContain('uncaught.mjs')
    expect(JSON.stringify(err).length).toBeLessThan(40_000)
    expect(readFileSync(exits, 'utf8').split('\n')[0]).toBe('exit 1 1')
    await stop()
  })

  it('an error that ends a thread is bounded before Node sends it to the main thread', async () => {
    const bound = new URL('../../dist/src/host/bound-uncaught.js', import.meta.url).href
    const sizeOf = async (setup: string) => {
      const program = `${setup}; throw Object.assign(new Error('x'), { text: 'y'.repeat(5_000_000) })`
      const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`))
      const [error] = (await once(worker, 'error')) as [Error & { text: string }]
      return error.text.length
    }
    expect(await sizeOf('')).toBe(5_000_000)
    const bounding = `const { boundUncaughtErrors } = await import('${bound}'); boundUncaughtErrors()`
    expect(await sizeOf(bounding)).toBeLessThan(20_000)
  })

  it('an error that a handler of the user takes reaches it as it was thrown, and the thread goes on', async () => {
    const exits = join(mkdtempSync(join(tmpdir(), 'uncaught-')), 'exits')
    const { log, stop } = await supervise(['uncaught.mjs'], { config: { EXITS: exits } })
    await log.nth(3, { msg: 'handled', characters: 5_000_000 })
    expect(log.matching({ msg: 'thread died' }).filter(({ services }) => String(services) === 'handled')).toEqual([])
    await stop()
  })
})
