/** What new leaders judge of the ticks that lapsed before, on a virtual clock. */
import { describe, expect, it } from 'vitest'
import type { MissedPolicy } from '../../../src/kernel/vocabulary.js'
import { timerDefinition } from '../../support/timer.js'
import { MarkedDeployment, type MarkedInstance } from './marked-instance.js'

const SECOND = 1_000
const MONDAY = Date.UTC(2026, 0, 5)

/** Every ten seconds. */
const cron = (missed: MissedPolicy, expression = '*/10 * * * * *') =>
  timerDefinition({
    scope: 'leader',
    lease: 'svc',
    missed,
    startDeadline: 60_000_000,
    schedule: { kind: 'cron', expression, timezone: 'UTC' },
  })
const { id } = cron('once')
const quick = timerDefinition({
  scope: 'leader',
  lease: 'svc',
  missed: 'skip',
  schedule: { kind: 'interval', interval: 100_000, align: true },
})

/** Seconds since the start of the day at which ticks were due that ran. */
const dueOf = ({ simulation }: MarkedInstance, startedAt: number) =>
  simulation.runs.map(({ due }) => Math.round(due / SECOND) + startedAt)

function expectBalanced(...instances: readonly MarkedInstance[]): void {
  for (const { simulation } of instances) {
    expect(simulation.imbalance).toBe(0)
    expect(simulation.timers.map(({ ledger }) => [ledger.active, ledger.pending])).toEqual(
      simulation.timers.map(() => [0, 0]),
    )
  }
}

/** A leader that dies after its tick of second 20, and one that starts at second 45, before which 30 and 40 have lapsed. */
async function failedOver(missed: MissedPolicy) {
  const deployment = new MarkedDeployment()
  const first = deployment.instance([cron(missed)], MONDAY)
  await first.lead()
  await first.advance(25 * SECOND)
  first.die()
  const second = deployment.instance([cron(missed)], MONDAY + 45 * SECOND)
  await second.lead()
  await second.advance(10 * SECOND)
  expect(dueOf(first, 0)).toEqual([10, 20])
  return { deployment, first, second }
}

describe('ticks that lapsed while no instance led', () => {
  it('with missed "skip" a new leader counts them as missed and runs none of them', async () => {
    const { first, second } = await failedOver('skip')
    expect(dueOf(second, 45)).toEqual([50])
    expect(second.simulation.skips()).toEqual({ missed: 2 })
    expectBalanced(first, second)
  })

  it('with missed "once" a new leader runs the latest of them once and counts the others', async () => {
    const { first, second } = await failedOver('once')
    expect(dueOf(second, 45)).toEqual([40, 50])
    expect(second.simulation.skips()).toEqual({ missed: 1 })
    expectBalanced(first, second)
  })

  it('with missed "all" a new leader runs all of them, one after the other', async () => {
    const { first, second } = await failedOver('all')
    expect(dueOf(second, 45)).toEqual([30, 40, 50])
    expect(second.simulation.mostAtOnce).toEqual([1])
    expectBalanced(first, second)
  })

  it('a leader that has no mark makes up for nothing', async () => {
    const only = new MarkedDeployment().instance([cron('all')], MONDAY)
    await only.lead()
    await only.advance(15 * SECOND)
    expect(dueOf(only, 0)).toEqual([10])
    expect(only.simulation.skips()).toEqual({})
    expectBalanced(only)
  })

  it('what a standby skipped as not_leader is made up for when it gains the lease', async () => {
    const deployment = new MarkedDeployment()
    const first = deployment.instance([cron('once')], MONDAY)
    const standby = deployment.instance([cron('once')], MONDAY)
    await first.lead()
    await first.advance(15 * SECOND)
    first.die()
    await standby.advance(25 * SECOND)
    await standby.lead()
    await standby.advance(10 * SECOND)
    expect(dueOf(standby, 0)).toEqual([20, 30])
    expect(standby.simulation.skips()).toEqual({ not_leader: 2 })
    expectBalanced(first, standby)
  })

  it('a leader that lost the lease and gains it again judges what lapsed in between', async () => {
    const deployment = new MarkedDeployment()
    const only = deployment.instance([cron('once')], MONDAY)
    await only.lead()
    await only.advance(15 * SECOND)
    only.lose()
    await only.advance(20 * SECOND)
    await only.lead()
    await only.advance(10 * SECOND)
    expect(dueOf(only, 0)).toEqual([10, 30, 40])
    expect(only.simulation.skips()).toEqual({ not_leader: 2, missed: 1 })
    expectBalanced(only)
  })

  it('the mark of another schedule says nothing', async () => {
    const deployment = new MarkedDeployment()
    const first = deployment.instance([cron('all')], MONDAY)
    await first.lead()
    await first.advance(15 * SECOND)
    await first.leave()
    const second = deployment.instance([cron('all', '*/5 * * * * *')], MONDAY + 42 * SECOND)
    await second.lead()
    await second.advance(5 * SECOND)
    expect(dueOf(second, 42)).toEqual([45])
    expectBalanced(first, second)
  })

  it('a paused tick is judged, so it is not made up for after a restart', async () => {
    const deployment = new MarkedDeployment()
    const first = deployment.instance([cron('once')], MONDAY)
    first.simulation.timers[0]!.isPaused = true
    await first.lead()
    await first.advance(15 * SECOND)
    await first.leave()
    const second = deployment.instance([cron('once')], MONDAY + 16 * SECOND)
    await second.lead()
    await second.advance(5 * SECOND)
    expect(dueOf(second, 16)).toEqual([20])
    expectBalanced(first, second)
  })
})

describe('marks of a lease', () => {
  it('M1: only ticks that were judged while the lease was held move the mark', async () => {
    const deployment = new MarkedDeployment()
    const standby = deployment.instance([cron('skip')], MONDAY)
    await standby.advance(15 * SECOND)
    expect([await deployment.mark(id), standby.writes]).toEqual([undefined, 0])
    await standby.lead()
    await standby.advance(10 * SECOND)
    expect(await deployment.mark(id)).toBe(MONDAY + 20 * SECOND)
  })

  it('M1: a tick after the end of the validity does not move the mark, though the lease is not known to be lost yet', async () => {
    const deployment = new MarkedDeployment()
    const only = deployment.instance([cron('skip')], MONDAY)
    await only.lead()
    await only.advance(15 * SECOND)
    only.simulation.holdsLease = false
    await only.advance(10 * SECOND)
    expect(await deployment.mark(id)).toBe(MONDAY + 10 * SECOND)
  })

  it('T1: an instance that stops before it has read the marks writes none', async () => {
    const deployment = new MarkedDeployment()
    const first = deployment.instance([cron('skip')], MONDAY)
    await first.lead()
    await first.advance(11 * SECOND)
    first.die()
    const second = deployment.instance([cron('skip')], MONDAY + 35 * SECOND)
    second.connection.failure = new Error('cut')
    await second.lead()
    await second.advance(6 * SECOND)
    second.connection.failure = undefined
    await second.leave()
    expect([await deployment.mark(id), second.writes]).toEqual([MONDAY + 10 * SECOND, 0])
  })

  it('M2: nothing is written before the marks are read, and what lapsed is judged once when they are', async () => {
    const deployment = new MarkedDeployment()
    const first = deployment.instance([cron('all')], MONDAY)
    await first.lead()
    await first.advance(15 * SECOND)
    first.die()
    const second = deployment.instance([cron('all')], MONDAY + 35 * SECOND)
    second.connection.failure = new Error('cut')
    await second.lead()
    await second.advance(8 * SECOND)
    expect([await deployment.mark(id), second.writes]).toEqual([MONDAY + 10 * SECOND, 0])
    expect(second.marks.problems).toEqual([expect.stringMatching(/under the lease svc are judged cannot be .*: cut$/)])
    second.connection.failure = undefined
    await second.advance(12 * SECOND)
    expect(dueOf(second, 35)).toEqual([40, 20, 30, 50])
    expect(second.marks.problems).toEqual([])
    expect(await deployment.mark(id)).toBe(MONDAY + 50 * SECOND)
    expectBalanced(first, second)
  })

  it('M3: a timer that ticks ten times a second writes its mark at most once a second, and once more at a hand-over', async () => {
    const deployment = new MarkedDeployment()
    const only = deployment.instance([quick], MONDAY)
    await only.lead()
    await only.advance(10 * SECOND + 20)
    expect(only.simulation.runs.length).toBe(100)
    expect(only.writes).toBeGreaterThanOrEqual(9)
    expect(only.writes).toBeLessThanOrEqual(11)
    const before = only.writes
    await only.advance(250)
    await only.leave()
    expect(only.writes - before).toBeLessThanOrEqual(2)
    expect(await deployment.mark(quick.id)).toBe(MONDAY + 10_200)
  })

  it('M3: a timer that does not tick writes nothing', async () => {
    const only = new MarkedDeployment().instance([cron('skip')], MONDAY)
    await only.lead()
    await only.advance(19 * SECOND)
    expect(only.writes).toBe(1)
  })

  it('M4: a write that fails is a problem, and is sent again', async () => {
    const deployment = new MarkedDeployment()
    const only = deployment.instance([cron('skip')], MONDAY)
    await only.lead()
    only.connection.failure = new Error('cut')
    await only.advance(11 * SECOND)
    expect(only.marks.problems).toHaveLength(1)
    only.connection.failure = undefined
    await only.advance(3 * SECOND)
    expect(only.marks.problems).toEqual([])
    expect(await deployment.mark(id)).toBe(MONDAY + 10 * SECOND)
  })

  it('M5: a leader that was frozen writes nothing over the mark of the next one', async () => {
    const deployment = new MarkedDeployment()
    const frozen = deployment.instance([cron('skip')], MONDAY)
    await frozen.lead()
    await frozen.advance(11 * SECOND)
    const next = deployment.instance([cron('skip')], MONDAY + 35 * SECOND)
    await next.lead()
    await next.advance(6 * SECOND)
    const mark = await deployment.mark(id)
    await frozen.advance(20 * SECOND)
    expect([await deployment.mark(id), mark]).toEqual([MONDAY + 40 * SECOND, MONDAY + 40 * SECOND])
    expect(frozen.writes).toBe(2)
  })

  it('T2: a mark does not pass a tick whose offer is open, and does when it is answered', async () => {
    const deployment = new MarkedDeployment()
    const only = deployment.instance([cron('skip')], MONDAY)
    await only.lead()
    await only.advance(15 * SECOND)
    only.openSince = MONDAY + 20 * SECOND
    await only.advance(27 * SECOND)
    expect(await deployment.mark(id)).toBe(MONDAY + 10 * SECOND)
    only.openSince = undefined
    await only.advance(2 * SECOND)
    expect(await deployment.mark(id)).toBe(MONDAY + 40 * SECOND)
  })
})
