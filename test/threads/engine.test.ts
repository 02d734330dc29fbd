import { expect, it } from 'vitest'
import { supervise } from '../support/supervised.js'

it('services count every run in a field and never share a service object', async () => {
  const { log, ledger, stop } = await supervise(['counters.ts'])
  await Promise.all([
    log.nth(20, { msg: 'counted', service: 'left' }),
    log.nth(20, { msg: 'counted', service: 'right' }),
  ])
  await stop()
  for (const [service, first] of [
    ['left', 1],
    ['right', 1001],
  ] as const) {
    const counted = log.matching({ msg: 'counted', service })
    expect(counted.map((record) => record.counter)).toEqual(counted.map((_, index) => first + index))
    expect(ledger(`${service}.count`).runs.completed).toBe(counted.length)
    expect(counted.every((record) => record.isOwn === true && record.objects === 1)).toBe(true)
  }
})

it('a timer goes on ticking whatever its method throws or returns, and every failure is logged with its stack', async () => {
  const { log, ledger, nthRun, stop } = await supervise(['failing.ts'])
  const methods = ['throws', 'rejects', 'throwsNonError', 'throwsUncloneable', 'returnsUncloneable']
  await Promise.all(methods.map((method) => nthRun(`failing.${method}`, 5)))
  await stop()
  for (const method of methods.slice(0, 4)) {
    const { runs } = ledger(`failing.${method}`)
    expect(runs).toMatchObject({ completed: 0, crashed: 0 })
    expect(log.matching({ msg: 'run failed', method }).length).toBe(runs.failed)
  }
  expect(ledger('failing.returnsUncloneable').runs).toMatchObject({ failed: 0, crashed: 0 })
  const [thrown] = log.matching({ msg: 'run failed', method: 'throws' })
  expect(thrown).toMatchObject({ level: 50, service: 'failing', entrypoint: 'failing.throws', attempt: 1 })
  expect(thrown!.err).toMatchObject({ type: 'QuotaError', code: 'E_QUOTA', limit: 7 })
  expect((thrown!.err as { stack: string }).stack).toMatch(/quota used up[\s\S]*failing\.ts:[\s\S]*too many/)
  const [nonError] = log.matching({ msg: 'run failed', method: 'throwsNonError' })
  expect((nonError!.err as { message: string }).message).toContain('"reason":"because"')
})

it('the event loop of a thread runs between ticks', async () => {
  const { log, stop } = await supervise(['background.ts'])
  await log.nth(2, { msg: 'third beat since the last tick' })
  await stop()
  expect(log.matching({ msg: 'stopped in good order' }).length).toBe(1)
})

it('the ledger is balanced at every event in every overlap mode, also when a run takes ten intervals', async () => {
  const { ledger, nthRun, stop } = await supervise(['overlaps.ts'])
  await Promise.all([nthRun('overlaps.skipping', 3), nthRun('overlaps.waiting', 4), nthRun('overlaps.allowing', 12)])
  await stop()
  expect(ledger('overlaps.skipping').skipped.running).toBeGreaterThan(0)
  expect(ledger('overlaps.waiting').skipped.superseded).toBeGreaterThan(0)
  expect(ledger('overlaps.waiting').runs.failed).toBeGreaterThanOrEqual(4)
  expect(ledger('overlaps.allowing').runs.completed).toBeGreaterThanOrEqual(12)
})

it('no run starts before its due moment', async () => {
  const { log, nthRun, runs } = await supervise(['punctual.ts'])
  await nthRun('punctual.tick', 40)
  for (const run of runs) expect(run.lateness).toBeGreaterThanOrEqual(0)
  for (const tick of log.matching({ msg: 'tick' })) expect(tick.latenessMs).toBeGreaterThanOrEqual(0)
})

it('a service can be defined without decorators', async () => {
  const { log, stop } = await supervise(['plain.mjs'])
  expect(await log.nth(5, { msg: 'polled' })).toMatchObject({ count: 5, service: 'plain' })
  await stop()
  expect(log.matching({ msg: 'plain stopped' }).length).toBe(1)
})

it('two services share the thread of the pool that both name', async () => {
  const { log, supervisor } = await supervise(['shared-pool.ts'])
  const [one, two] = await Promise.all([log.nth(5, { who: 'one' }), log.nth(5, { who: 'two' })])
  expect(one.threadId).toBe(two.threadId)
  expect(supervisor.snapshot().threads).toMatchObject([{ pool: 'small', services: ['small_one', 'small_two'] }])
})

it('the runs of a service with two threads are spread over both', async () => {
  const { log, supervisor } = await supervise(['two-threads.ts'])
  await log.nth(12, { msg: 'crunched' })
  expect(new Set(log.matching({ msg: 'crunched' }).map((record) => record.threadId)).size).toBe(2)
  expect(supervisor.snapshot().threads.length).toBe(2)
})

it('`when` is asked before each run, the interval function after it, and the configuration for options', async () => {
  const { supervisor, nthRun, runs, stop } = await supervise(['declining.ts'], {
    config: { INTERVAL: '30ms', OVERLAP: 'wait' },
  })
  await Promise.all([
    nthRun('declining.onlyEven', 10),
    nthRun('declining.adaptive', 5),
    nthRun('declining.configured', 3),
  ])
  expect(supervisor.services[0]!.timers[2]).toMatchObject({ overlap: 'wait', schedule: { interval: 30_000 } })
  await stop()
  const evenOnly = runs.filter((run) => run.entrypoint === 'declining.onlyEven')
  const expected = evenOnly.map(({ sequence }) => (sequence % 2 === 0 ? 'completed' : 'declined'))
  expect(evenOnly.map(({ outcome }) => outcome)).toEqual(expected)
  expect(new Set(expected).size).toBe(2)
  // By the wall clock, which is read in whole milliseconds.
  const due = runs.filter((run) => run.entrypoint === 'declining.adaptive').map((run) => run.dueWall)
  for (let at = 3; at < due.length; at++) expect(due[at]! - due[at - 1]!).toBeGreaterThan(38)
})
