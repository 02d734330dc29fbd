/** Leases, claims and members on real threads, over the store of this process. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { RunEnded, TickSkipped } from '../../dist/src/index.js'
import { type Supervised, supervise } from '../support/supervised.js'

/** A deployment of its own: supervisors of this process share the store. */
const deployment = (settings: object = {}) => ({
  escapement: { coordination: { url: 'local', namespace: `test-${randomUUID().slice(0, 8)}`, ...settings } },
})

function nextSkip({ supervisor }: Supervised, reason: string): Promise<TickSkipped> {
  return new Promise((resolve) => {
    const unsubscribe = supervisor.on('tick.skipped', (skip) => {
      if (skip.reason !== reason) return
      unsubscribe()
      resolve(skip)
    })
  })
}

describe('a timer with scope leader', () => {
  it('a timer with scope leader runs under the lease of its service, which it can ask about in a loop that never yields', async () => {
    const { log, ledger, supervisor, stop } = await supervise(['leading.mjs'], { config: deployment() })
    const led = await log.nth(3, { msg: 'led' })
    expect(led).toMatchObject({ lease: 'leading', isHeld: true })
    expect(BigInt(led.token as string)).toBeGreaterThan(0n)
    expect(led.times).toBeGreaterThan(1)
    const metrics = await supervisor.registry.metrics()
    expect(metrics).toContain('escapement_leader{lease="leading"} 1\n')
    expect(metrics).toContain(`escapement_lease_epoch{lease="leading"} ${led.token}\n`)
    expect(metrics).toContain('escapement_lease_events_total{event="acquired",lease="leading"} 1\n')
    await stop()
    expect(log.matching({ msg: 'lease acquired' })).toMatchObject([{ lease: 'leading', epoch: led.token }])
    expect(log.matching({ msg: 'lease released' })).toMatchObject([{ lease: 'leading', epoch: led.token }])
    expect(ledger('leading.lead').runs.failed).toBe(0)
  })

  it('a timer with scope leader gives no lease to the timers beside it', async () => {
    const { log } = await supervise(['leading.mjs'], { config: deployment() })
    expect(await log.nth(1, { msg: 'followed' })).toMatchObject({ hasLease: false })
  })

  it('a timer with scope leader leads on one of two supervisors, and on the other when that one has stopped, under a greater token', async () => {
    const config = deployment()
    const first = await supervise(['leading.mjs'], { config })
    const led = await first.log.nth(1, { msg: 'led' })
    const second = await supervise(['leading.mjs'], { config })
    await nextSkip(second, 'not_leader')
    expect(second.runs.filter(({ method }) => method === 'lead')).toEqual([])
    // What runs on every instance goes on meanwhile.
    await second.nthRun('leading.follow', 3)
    const order: string[] = []
    const note = (who: string) => (run: RunEnded) => run.method === 'lead' && order.push(who)
    first.supervisor.on('run.ended', note('first'))
    second.supervisor.on('run.ended', note('second'))
    await first.nthRun('leading.lead', first.runs.filter(({ method }) => method === 'lead').length + 1)
    expect(second.log.matching({ msg: 'lease acquired' })).toEqual([])
    await first.stop()
    const followed = await second.log.nth(2, { msg: 'led' })
    expect(BigInt(followed.token as string)).toBeGreaterThan(BigInt(led.token as string))
    await second.stop()
    expect(order.join(' ')).toMatch(/^(first )+(second ?)+$/)
    expect(second.ledger('leading.lead').skipped.not_leader).toBeGreaterThanOrEqual(1)
  })

  it('a timer with scope leader is refused when what it runs could outlive its lease', async () => {
    const started = supervise(['leading.mjs'], { config: { GRACE: '10s', ...deployment({ profile: 'fast' }) } })
    await expect(started).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'ERR_LEASE_BUDGET',
      message:
        'coordination: renewDeadline 2.5s + abortGrace 10s of leading.lead + 1s until a killed thread has exited = 13.5s, ' +
        'but a lease of 5s is valid for 4.95s only: a run could continue after the lease. ' +
        'Set ttl to 13.7s or more, or shorten renewDeadline or the abortGrace of leading.lead',
    })
  })

  it('a timer with scope leader is accepted when there is just enough time', async () => {
    const config = { GRACE: '1450ms', ...deployment({ profile: 'fast' }) }
    const { log } = await supervise(['leading.mjs'], { config })
    expect(await log.nth(1, { msg: 'led' })).toMatchObject({ isHeld: true })
  })
})

describe('what is injected', () => {
  it('a service is injected the lease of its name, a lease of another name, and the members, of which it is the only one', async () => {
    const { log } = await supervise(['sharing.mjs'], { config: deployment() })
    const { leases, self, list, mine, owns } = await log.nth(3, { msg: 'looked' })
    expect(leases).toEqual([
      { name: 'sharing', isHeld: true, token: expect.stringMatching(/^[1-9]\d*$/) },
      { name: 'other', isHeld: true, token: expect.stringMatching(/^[1-9]\d*$/) },
    ])
    expect(list).toEqual([{ id: self, weight: 1 }])
    expect(mine).toEqual([1, 2, 3])
    expect(owns).toBe(true)
  })

  it('an injected lease is held by one of two supervisors, each of which counts as an instance', async () => {
    const config = deployment()
    const first = await supervise(['sharing.mjs'], { config })
    const second = await supervise(['sharing.mjs'], { config })
    const [one, two] = await Promise.all([first, second].map(({ log }) => log.nth(2, { msg: 'looked' })))
    expect(one!.self).not.toBe(two!.self)
    expect(two!.leases).toEqual([
      { name: 'sharing', isHeld: false, token: '0' },
      { name: 'other', isHeld: false, token: '0' },
    ])
    await first.stop()
    const later = await second.log.nth(1, { msg: 'lease acquired', lease: 'other' })
    // The next line may have been on its way already.
    const looked = await second.log.nth(second.log.matching({ msg: 'looked' }).length + 2, { msg: 'looked' })
    expect(looked.leases).toContainEqual({ name: 'other', isHeld: true, token: later.epoch })
  })
})

describe('a timer with scope cluster', () => {
  const TICKS = 10

  it('a timer with scope cluster runs each tick on one of two supervisors', async () => {
    const config = deployment()
    const both = [await supervise(['claimed.mjs'], { config }), await supervise(['claimed.mjs'], { config })]
    let decided = 0
    await new Promise<void>((resolve) => {
      for (const { supervisor } of both) {
        supervisor.on('tick.skipped', ({ reason }) => {
          if (reason === 'claimed_elsewhere' && ++decided === TICKS) resolve()
        })
      }
    })
    const metrics = await Promise.all(both.map(({ supervisor }) => supervisor.registry.metrics()))
    for (const { stop } of both) await stop()
    const dues = both.flatMap(({ runs }) => runs.map(({ dueWall }) => dueWall))
    expect(dues.length).toBeGreaterThanOrEqual(TICKS)
    expect(new Set(dues).size).toBe(dues.length)
    for (const due of dues) expect(due % 100).toBe(0)
    for (const [at, { skipped }] of both.entries()) {
      const other = both[1 - at]!
      const known = new Set([...other.runs, ...other.skipped].map(({ dueWall }) => dueWall))
      const elsewhere = skipped.filter(({ reason }) => reason === 'claimed_elsewhere')
      for (const { dueWall } of elsewhere) expect(known).toContain(dueWall)
    }
    const claimed = (result: string) =>
      metrics
        .map(
          (text) =>
            new RegExp(`^escapement_claims_total\\{.*result="${result}".*\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
        )
        .reduce<number>((sum, count) => sum + Number(count), 0)
    expect(claimed('claimed')).toBeGreaterThanOrEqual(TICKS)
    expect(claimed('claimed_elsewhere')).toBeGreaterThanOrEqual(TICKS)
  })

  it('a timer with scope cluster can be triggered by hand on each supervisor, whichever of them claims its ticks', async () => {
    const config = deployment()
    const both = [await supervise(['claimed.mjs'], { config }), await supervise(['claimed.mjs'], { config })]
    for (const supervised of both) {
      const { supervisor } = supervised
      supervisor.pause('claimed.run')
      // Nothing is under way any more.
      await nextSkip(supervised, 'paused')
      const ran = new Promise<RunEnded>((resolve) => supervisor.on('run.ended', resolve))
      expect(supervisor.trigger('claimed.run')).toBe('started')
      expect(await ran).toMatchObject({ sequence: -1, outcome: 'completed' })
    }
  })

  it('a timer with scope cluster is refused with due moments that are not the same on every process', async () => {
    const error = await supervise(['unaligned.mjs'], { config: deployment() }).catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ name: 'DefinitionError' })
    const { message } = error as Error
    expect(message).toContain('option "eager" is true, but scope "cluster" needs due moments that are the same')
    expect(message).toContain('option "align" is false, but scope "cluster" needs due moments that are the same')
    expect(message).toContain(
      'option "scope" is "cluster", but with an interval function every process has due moments',
    )
  })
})
