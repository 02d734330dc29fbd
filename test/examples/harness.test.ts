/** The examples on the test kit: hours of them, with everything around them replaced. */
import { describe, expect, it } from 'vitest'
import { CoordinatedTimerService } from '../../examples/coordinated-timer-service.js'
import { DataSyncService } from '../../examples/data-sync-service.js'
import { OptimizedTimerService } from '../../examples/optimized-timer-service.js'
import { MemorySessions } from '../../examples/providers/sessions.js'
import { RobustTimerService } from '../../examples/robust-timer-service.js'
import { ScheduledTaskService } from '../../examples/scheduled-task-service.js'
import { type User, UserService } from '../../examples/user-service.js'
import { answer, callsOf, createHarness, entrypointHook, replaceDependencies, stub } from '../../src/testing/index.js'

const usersFrom = (first: number, last: number): User[] =>
  Array.from({ length: last - first + 1 }, (_, n) => ({
    id: first + n,
    name: `user ${first + n}`,
    changedAt: first + n,
  }))

describe('data-sync-service', () => {
  it('data-sync-service goes on where the last batch ended, and reports each user that is refused', async () => {
    const harness = createHarness(DataSyncService, { config: { SYNC_BATCH_SIZE: 60 } })
    const { users } = replaceDependencies(harness, 'users')
    answer(users, 'getUsersForSync', async ({ since, limit }: { since: number; limit: number }) =>
      usersFrom(since + 1, Math.min(since + limit, 100)),
    )
    await harness.advance('20m')
    const asked = callsOf(users, 'getUsersForSync').map(({ args }) => args[0])
    expect(asked).toEqual([
      { since: 0, limit: 60 },
      { since: 60, limit: 60 },
    ])
    const done = harness.logs.filter(({ msg }) => msg === 'users synchronised')
    expect(done).toMatchObject([
      { synced: 59, of: 60 },
      { synced: 39, of: 40 },
    ])
    expect(harness.logs.filter(({ msg }) => msg === 'user not synchronised').map(({ user }) => user)).toEqual([50, 100])
    await harness.stop()
  })

  it('data-sync-service asks for the clean-up of what is older than a week, every half hour', async () => {
    const harness = createHarness(DataSyncService, { at: '2026-03-08T00:00:00Z' })
    const { users } = replaceDependencies(harness, 'users')
    answer(users, 'getUsersForSync', () => [])
    answer(users, 'cleanupOldSessions', () => ({ deletedCount: 2 }))
    await harness.advance('1h')
    expect(callsOf(users, 'cleanupOldSessions').map(({ args }) => new Date(args[0] as number).toISOString())).toEqual([
      '2026-03-01T00:30:00.000Z',
      '2026-03-01T01:00:00.000Z',
    ])
    await harness.stop()
  })

  it('data-sync-service fails its run, and only that, when the user service cannot answer', async () => {
    const harness = createHarness(DataSyncService)
    const { users } = replaceDependencies(harness, 'users')
    answer(users, 'getUsersForSync', async () => {
      throw new Error('away')
    })
    await harness.advance('30m')
    expect(harness.ticks('syncUserData').map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed'])
    await harness.stop()
  })

  it('data-sync-service works with the real user service beside it', async () => {
    const harness = createHarness([DataSyncService, UserService], {
      config: { SYNC_INTERVAL: '10s', SYNC_BATCH_SIZE: 100 },
    })
    await harness.advance('30s')
    const done = harness.logs.filter(({ msg }) => msg === 'users synchronised')
    expect(done.map(({ of }) => of)).toEqual([100, 100, expect.any(Number)])
    await harness.stop()
  })
})

describe('user-service', () => {
  it('user-service gives out those that have changed since, the oldest first, and forgets old sessions', async () => {
    const harness = createHarness(UserService)
    const getUsers = entrypointHook(harness, 'getUsersForSync')
    const first: User[] = await getUsers({ limit: 3 })
    expect(first.map(({ id }) => id)).toEqual([1, 2, 3])
    const next: User[] = await getUsers({ limit: 2, since: first[2]!.changedAt })
    expect(next.map(({ id }) => id)).toEqual([4, 5])
    expect(await entrypointHook(harness, 'cleanupOldSessions')(next[0]!.changedAt)).toEqual({ deletedCount: 3 })
    await harness.advance('1m')
    expect(await getUsers({ limit: 1000 })).toHaveLength(250 + 12)
    await harness.stop()
  })
})

describe('robust-timer-service', () => {
  it('robust-timer-service alerts at the fifth failure in a row, retries, and skips ticks only where there is a breaker', async () => {
    const harness = createHarness(RobustTimerService, { config: { FAILURE_RATE: 1, RETRY_PAUSE: 0 } })
    await harness.advance('5m')
    const alerts = harness.logs.filter(({ msg }) => msg === 'alerting the administrators')
    expect(alerts).toHaveLength(6)
    expect(alerts[0]!.alert).toContain('failed 5 times in a row')
    const declared = harness.ticks('declaredTask')
    expect(declared.slice(0, 4)).toMatchObject(Array.from({ length: 4 }, () => ({ outcome: 'failed', attempts: 3 })))
    await harness.advance('270s')
    expect(harness.ledger('declaredTask')).toMatchObject({ due: 9, runs: { failed: 9 }, skipped: { circuit_open: 0 } })
    // Five failures in a row, at one a minute, open the circuit for five minutes.
    expect(harness.ledger('guardedTask')).toMatchObject({ due: 9, runs: { failed: 5 }, skipped: { circuit_open: 4 } })
    await harness.stop()
  })
})

describe('optimized-timer-service', () => {
  it('optimized-timer-service flushes when a batch is full or old, and the rest when it stops', async () => {
    const harness = createHarness(OptimizedTimerService, { config: { BATCH_SIZE: 10, MONITORING_INTERVAL: '1h' } })
    const { metrics } = replaceDependencies(harness, 'metrics')
    const counter = stub()
    answer(metrics, 'counter', () => counter)
    await harness.advance('60s')
    const written = () => harness.logs.filter(({ msg }) => msg === 'batch written')
    expect(written()).toMatchObject([{ size: 10, because: 'full' }])
    await harness.stop()
    expect(written()).toMatchObject([{ because: 'full' }, { size: 2, because: 'stopping' }])
    expect(callsOf(counter, 'inc').map(({ args }) => args[1])).toEqual([10, 2])
  })

  it('optimized-timer-service writes an old batch however small it is', async () => {
    const harness = createHarness(OptimizedTimerService, { config: { MONITORING_INTERVAL: '1h' } })
    await harness.advance('70s')
    expect(harness.logs.filter(({ msg }) => msg === 'batch written')).toMatchObject([{ size: 14, because: 'old' }])
    await harness.stop()
  })
})

describe('scheduled-task-service', () => {
  it('scheduled-task-service forgets expired sessions and reports those that are left', async () => {
    const sessions = new MemorySessions()
    const at = Date.UTC(2026, 0, 5)
    await sessions.add(new Date(at + 30_000))
    await sessions.add(new Date(at + 7_200_000))
    const harness = createHarness(ScheduledTaskService, { at, dependencies: { sessions } })
    // The service signs people in by the real clock; here nobody comes.
    sessions.add = async () => {}
    await harness.advance('1h')
    expect(
      harness.logs.filter(({ msg, expired }) => msg === 'cleaned up expired sessions' && expired === 1),
    ).toHaveLength(1)
    expect(harness.logs.find(({ msg }) => msg === 'hourly report')).toMatchObject({ report: { activeUsers: 1 } })
    await harness.stop()
  })
})

describe('coordinated-timer-service', () => {
  it('coordinated-timer-service leads, works on everything and reports each tick while it is alone', async () => {
    const at = '2026-03-01T00:00:30Z'
    const harness = createHarness(CoordinatedTimerService, { at, config: { ITEM_FAILURE_RATE: 0 } })
    await harness.advance('10m')
    const logged = (msg: string) => harness.logs.filter((line) => line.msg === msg)
    const work = logged('work done')
    expect(work).toHaveLength(10)
    for (const line of work) expect(line).toMatchObject({ completed: 10, failed: 0, instances: 1 })
    // What was worked on in the first five minutes, and then in the next.
    const cleaned = logged('cleaned up as the leader')
    expect(cleaned).toMatchObject([{ removed: 50 }, { removed: 50 }])
    expect(BigInt(cleaned[0]!.fencingToken as string)).toBeGreaterThan(0n)
    expect(cleaned[1]!.fencingToken).toBe(cleaned[0]!.fencingToken)
    const dueMoments = logged('report written, by this instance alone').map(({ dueAt }) => dueAt)
    expect(dueMoments).toHaveLength(10)
    expect(dueMoments.slice(0, 2)).toEqual(['2026-03-01T00:01:00.000Z', '2026-03-01T00:02:00.000Z'])
    await harness.stop()
  })

  it('coordinated-timer-service leaves to other instances what is theirs', async () => {
    const harness = createHarness(CoordinatedTimerService, { config: { ITEM_FAILURE_RATE: 0 } })
    const { members } = replaceDependencies(harness, 'members')
    const theirs = ({ id }: { id: number }) => id % 3 !== 0
    answer(members, 'mine', (items: { id: number }[]) => items.filter((item) => !theirs(item)))
    await harness.advance('5m')
    const work = harness.logs.filter(({ msg }) => msg === 'work done')
    const items = work.flatMap(({ items }) => items as number[])
    expect(callsOf(members, 'mine').map(({ args }) => (args[0] as unknown[]).length)).toEqual([10, 10, 10, 10, 10])
    expect(items.filter((id) => theirs({ id }))).toEqual([])
    expect(harness.logs.find(({ msg }) => msg === 'cleaned up as the leader')).toMatchObject({ removed: items.length })
    await harness.stop()
  })

  it('coordinated-timer-service marks as failed what cannot be processed, and cleans it up as well', async () => {
    const harness = createHarness(CoordinatedTimerService, { config: { ITEM_FAILURE_RATE: 1 } })
    await harness.advance('5m')
    expect(harness.logs.filter(({ msg }) => msg === 'work item failed')).toHaveLength(50)
    expect(harness.logs.filter(({ msg }) => msg === 'work done')[0]).toMatchObject({ completed: 0, failed: 10 })
    expect(harness.logs.find(({ msg }) => msg === 'cleaned up as the leader')).toMatchObject({ removed: 50 })
    await harness.stop()
  })
})
