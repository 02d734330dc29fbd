/** Each example on the real engine, with intervals made short through its configuration. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { supervise } from '../support/supervised.js'

const example = (name: string) => fileURLToPath(new URL(`../../examples/${name}.ts`, import.meta.url))

describe('scheduled-task-service', () => {
  it('scheduled-task-service cleans up expired sessions, checks its health and reports', async () => {
    const { log, stop } = await supervise([example('scheduled-task-service')], {
      config: {
        CLEANUP_INTERVAL: '50ms',
        HEALTH_CHECK_INTERVAL: '70ms',
        REPORT_INTERVAL: '90ms',
        SESSION_LIFETIME: 0.2,
      },
    })
    const [cleaned] = await Promise.all([
      log.nth(3, { msg: 'cleaned up expired sessions' }),
      log.nth(2, { msg: 'health check passed' }),
      log.nth(2, { msg: 'hourly report' }),
    ])
    expect(cleaned.expired).toBeGreaterThan(0)
    expect(log.matching({ msg: 'hourly report' })[0]!.report).toMatchObject({ activeUsers: expect.any(Number) })
    await stop()
  })

  it('scheduled-task-service says so when an external system does not answer', async () => {
    const { log } = await supervise([example('scheduled-task-service')], {
      config: { HEALTH_CHECK_INTERVAL: '50ms', HEALTH_URL: 'http://127.0.0.1:9/' },
    })
    expect(await log.nth(1, { msg: 'health check failed' })).toMatchObject({ level: 40, externalApis: false })
  })
})

describe('high-frequency-service', () => {
  it('high-frequency-service counts its runs from tick to tick and logs every hundredth', async () => {
    const { log, ledger, stop } = await supervise([example('high-frequency-service')], {
      config: { HIGH_FREQUENCY_INTERVAL: '10ms', CACHE_INTERVAL: '50ms' },
    })
    expect(await log.nth(2, { msg: 'processed' })).toMatchObject({ iterations: 200 })
    await stop()
    expect(ledger('high_frequency_service.highFrequencyTask').runs.completed).toBeGreaterThanOrEqual(200)
    expect(ledger('high_frequency_service.refreshCache').runs.completed).toBeGreaterThanOrEqual(1)
  })
})

describe('robust-timer-service', () => {
  it('robust-timer-service alerts after five failures in a row, gives up after three attempts, and never stops its timers', async () => {
    const { log, ledger, stop } = await supervise([example('robust-timer-service')], {
      config: {
        ROBUST_INTERVAL: '20ms',
        RETRY_INTERVAL: '100ms',
        DECLARED_INTERVAL: '20ms',
        RETRY_PAUSE: 0.01,
        FAILURE_RATE: 1,
      },
    })
    await Promise.all([
      log.nth(1, { msg: 'alerting the administrators' }),
      log.nth(2, { msg: 'all 3 attempts failed' }),
      log.nth(5, { msg: 'run failed', method: 'declaredTask' }),
    ])
    await stop()
    const failed = log.matching({ msg: 'scheduled task failed' })
    expect(failed.slice(0, 5).map((record) => record.attempt)).toEqual([1, 2, 3, 4, 5])
    expect(log.matching({ msg: 'attempt failed' }).length).toBeGreaterThanOrEqual(4)
    expect(ledger('robust_timer_service.robustScheduledTask').runs.failed).toBe(0)
    expect(ledger('robust_timer_service.declaredTask').runs.completed).toBe(0)
  })

  it('robust-timer-service starts counting again after a success', async () => {
    const { log } = await supervise([example('robust-timer-service')], {
      config: { ROBUST_INTERVAL: '20ms', FAILURE_RATE: 0 },
    })
    await log.nth(5, { msg: 'scheduled task completed' })
    expect(log.matching({ msg: 'scheduled task failed' })).toEqual([])
  })
})

describe('data-sync-service', () => {
  it('data-sync-service synchronises a batch of the configured size, whatever single users do', async () => {
    const { log, stop } = await supervise([example('data-sync-service'), example('user-service')], {
      config: { SYNC_INTERVAL: '50ms', OLD_DATA_INTERVAL: '60ms', SIGN_UP_INTERVAL: '20ms', SYNC_BATCH_SIZE: 60 },
    })
    expect(await log.nth(1, { msg: 'users synchronised' })).toMatchObject({ synced: 59, of: 60 })
    expect(log.matching({ msg: 'user not synchronised' })).toMatchObject([{ user: 50, level: 50 }])
    expect(await log.nth(1, { msg: 'old sessions cleaned up' })).toMatchObject({ deletedCount: 0 })
    await stop()
  })
})

describe('advanced-scheduler-service', () => {
  it('advanced-scheduler-service runs the declared task in business hours only', async () => {
    const { log, ledger, nthRun, skipped, stop } = await supervise([example('advanced-scheduler-service')], {
      config: { BUSINESS_INTERVAL: '20ms', END_OF_DAY: '* * * * * *', TIMEZONE: zoneWhereItIsNight() },
    })
    await Promise.all([
      nthRun('advanced_scheduler_service.businessHoursOnlyTask', 5),
      nthRun('advanced_scheduler_service.endOfDay', 1),
    ])
    await stop()
    expect(
      skipped.filter((skip) => skip.method === 'businessHours' && skip.reason === 'outside_window').length,
    ).toBeGreaterThanOrEqual(1)
    expect(ledger('advanced_scheduler_service.businessHours').runs.completed).toBe(0)
    expect(log.matching({ msg: 'business hours task, declared' })).toEqual([])
    expect(log.matching({ msg: 'daily reports, declared' }).length).toBeGreaterThanOrEqual(1)
  })

  it('advanced-scheduler-service is given its intervals by function, cron expression and window', async () => {
    const { supervisor } = await supervise([example('advanced-scheduler-service')])
    const timers = Object.fromEntries(supervisor.services[0]!.timers.map((timer) => [timer.method, timer]))
    expect(timers.adaptive!.schedule.kind).toBe('adaptive')
    expect(timers.endOfDay!.schedule).toEqual({
      kind: 'cron',
      expression: '0 18 * * 1-5',
      timezone: 'Europe/Paris',
    })
    expect(timers.businessHours!.window).toEqual({
      days: ['mon', 'tue', 'wed', 'thu', 'fri'],
      fromMinute: 540,
      toMinute: 1020,
      timezone: 'Europe/Paris',
    })
  })
})

describe('coordinated-timer-service', () => {
  const INTERVALS = { LEADER_INTERVAL: '100ms', WORK_INTERVAL: '50ms', CLUSTER_INTERVAL: '50ms' }

  it('coordinated-timer-service works through its items, marks each completed or failed, and cleans up as the leader', async () => {
    const { log, ledger, stop } = await supervise([example('coordinated-timer-service')], { config: INTERVALS })
    // An instance owns nothing until it is told who is there.
    await log.nth(1, { msg: 'work done', instances: 1 })
    const worked = await log.next({ msg: 'work done' })
    expect(worked.items).toHaveLength(10)
    expect(Number(worked.completed) + Number(worked.failed)).toBe(10)
    await log.next({ msg: 'work done' })
    const cleaned = await log.next({ msg: 'cleaned up as the leader' })
    expect(cleaned.removed).toBeGreaterThan(0)
    expect(cleaned.fencingToken).toBe(log.matching({ msg: 'lease acquired' })[0]!.epoch)
    await stop()
    expect(ledger('coordinated_timer_service.leaderElectionTask').runs.failed).toBe(0)
  })

  it('coordinated-timer-service goes on with the others when an item fails, and says which', async () => {
    const { log } = await supervise([example('coordinated-timer-service')], {
      config: { ...INTERVALS, ITEM_FAILURE_RATE: 1 },
    })
    const failed = await log.nth(1, { msg: 'work item failed' })
    expect(failed).toMatchObject({ level: 50, err: { message: `item ${failed.item} cannot be processed` } })
    expect(await log.nth(1, { msg: 'work done', instances: 1 })).toMatchObject({ completed: 0, failed: 10 })
  })

  it('coordinated-timer-service shares its ticks with another instance: each is reported once, and only one of them cleans up', async () => {
    const first = await supervise([example('coordinated-timer-service')], { config: INTERVALS })
    const second = await supervise([example('coordinated-timer-service')], { config: INTERVALS })
    const both = [first, second]
    const shared = (of: typeof first) => of.log.matching({ msg: 'report written, by this instance alone' })
    await second.nthRun('coordinated_timer_service.distributedWorkTask', 10)
    await first.nthRun('coordinated_timer_service.leaderElectionTask', 2)
    expect(second.log.matching({ msg: 'cleaned up as the leader' })).toEqual([])
    await first.stop()
    await second.log.nth(1, { msg: 'cleaned up as the leader' })
    await second.stop()
    const dueMoments = both.flatMap((of) => shared(of).map(({ dueAt }) => dueAt))
    expect(dueMoments.length).toBeGreaterThanOrEqual(5)
    expect(new Set(dueMoments).size).toBe(dueMoments.length)
  })
})

describe('optimized-timer-service', () => {
  it('optimized-timer-service flushes a batch when it is full, another when it is old, and the rest when it stops', async () => {
    const { log, stop } = await supervise([example('optimized-timer-service')], {
      config: { COLLECT_INTERVAL: '10ms', MONITORING_INTERVAL: '50ms', BATCH_SIZE: 10 },
    })
    expect(await log.nth(2, { msg: 'batch written' })).toMatchObject({ size: 10 })
    const before = log.matching({ msg: 'batch written' }).length
    await stop()
    expect(log.matching({ msg: 'batch written' }).length).toBeGreaterThan(before)
  })

  it('optimized-timer-service flushes after a while however few there are', async () => {
    const { log } = await supervise([example('optimized-timer-service')], {
      config: { COLLECT_INTERVAL: '20ms', BATCH_SECONDS: 0.05 },
    })
    const { size } = await log.nth(1, { msg: 'batch written' })
    expect(size).toBeLessThan(100)
  })
})

/** A time zone in which it is between three and four in the morning now. */
function zoneWhereItIsNight(): string {
  const offset = ((3 - new Date().getUTCHours() + 36) % 24) - 12
  // POSIX counts the hours west of Greenwich.
  return offset === 0 ? 'Etc/GMT' : `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`
}
