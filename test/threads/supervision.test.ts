import { describe, expect, it, onTestFinished } from 'vitest'
import { type Supervised, supervise } from '../support/supervised.js'

async function withFault(FAULT: string, TIMES = 1): Promise<Supervised> {
  return supervise(['faulty.mjs', 'steady.mjs'], { config: { FAULT, TIMES, count: new SharedArrayBuffer(4) } })
}

/** What the neighbour must be able to say after any fault: it ticked, and nothing was skipped because of the other. */
function expectUntouched({ ledger }: Supervised): void {
  const { due, runs, skipped } = ledger('steady.beat')
  expect(runs.completed).toBeGreaterThan(0)
  // A machine that is busy may be late; what must not be is a tick that waits for the faulty service.
  expect(due - runs.completed).toBe(skipped.missed + skipped.stopping + skipped.running + skipped.saturated)
  expect(runs).toMatchObject({ failed: 0, crashed: 0, aborted: 0, timed_out: 0 })
}

describe('a job that ends its thread', () => {
  it.each([
    ['exit', 'exited', /exit code 7/],
    ['rejection', 'error', /nobody handles this/],
    ['memory', 'out_of_memory', /memory limit/],
  ])('by %s is charged with it, and its service ticks again', async (fault, reason, message) => {
    const supervised = await withFault(fault)
    await Promise.all([supervised.log.nth(3, { msg: 'well' }), supervised.nthRun('steady.beat', 2)])
    const [exit] = supervised.log.matching({ msg: 'thread died' })
    expect(exit).toMatchObject({ reason, pool: 'faulty' })
    await supervised.stop()
    const bad = supervised.runs.filter((run) => run.outcome === 'crashed')
    if (fault === 'rejection') {
      // The method itself had returned by then.
      expect(bad.length).toBeLessThanOrEqual(1)
    } else {
      expect(bad.length).toBe(1)
      expect(bad[0]!.error!.message).toMatch(message)
    }
    expectUntouched(supervised)
  })

  it('in a callback it left behind comes back without being charged', async () => {
    const supervised = await withFault('callback')
    await Promise.all([supervised.log.nth(3, { msg: 'well' }), supervised.nthRun('steady.beat', 2)])
    expect(supervised.log.matching({ msg: 'thread died' })).toMatchObject([{ reason: 'error' }])
    await supervised.stop()
    expect(supervised.supervisor.snapshot().timers.find((timer) => timer.id === 'faulty.work')!.circuit.state).toBe(
      'closed',
    )
    expectUntouched(supervised)
  })

  it('again and again is quarantined, and nobody else is', async () => {
    const supervised = await withFault('exit', 1_000)
    await supervised.nthRun('faulty.work', 3)
    const timers = () => Object.fromEntries(supervised.supervisor.snapshot().timers.map((timer) => [timer.id, timer]))
    expect(timers()['faulty.work']!.circuit).toEqual({ state: 'open', reason: 'quarantined' })
    expect(timers()['steady.beat']!.circuit).toEqual({ state: 'closed' })
    await supervised.log.next({ msg: 'tick skipped', reason: 'quarantined' })
    await supervised.stop()
    expect(supervised.ledger('faulty.work').runs.crashed).toBe(3)
    expectUntouched(supervised)
  })
})

describe('a job that does not end', () => {
  it.each(['polite loop', 'polite wait'])(
    'but listens (%s) is told to stop at its time-out, and its thread lives on',
    async (fault) => {
      const supervised = await withFault(fault)
      const run = await supervised.nthRun('faulty.work', 1)
      expect(run).toMatchObject({ outcome: 'timed_out', error: { name: 'AbortedError', code: 'ERR_ABORTED' } })
      expect(await supervised.log.nth(1, { msg: 'well' })).toMatchObject({ runs: 2 })
      expect(supervised.log.matching({ msg: 'thread died' })).toEqual([])
      await supervised.stop()
      expectUntouched(supervised)
    },
  )

  it('and does not listen is killed with its thread, and its service ticks again on another', async () => {
    const supervised = await withFault('loop', 3)
    expect(await supervised.log.nth(1, { msg: 'well' })).toMatchObject({ runs: 1 })
    await supervised.stop()
    expect(supervised.runs.filter((run) => run.outcome === 'timed_out').length).toBe(3)
    expect(supervised.log.matching({ msg: 'thread died', reason: 'killed' }).length).toBe(3)
    expectUntouched(supervised)
  })

  it('and cannot even be killed is a zombie: its lane stays taken until its thread has exited', async () => {
    const supervised = await supervise(['uninterruptible.mjs', 'steady.mjs'])
    await supervised.log.nth(1, { msg: 'thread was killed but has not exited: it may be running native code' })
    const { health, threads } = supervised.supervisor.snapshot()
    expect(health).toMatchObject({ live: true, ready: false, problems: ['thread 0 of uninterruptible is zombie'] })
    expect(threads.find((thread) => thread.pool === 'uninterruptible')!.state).toBe('zombie')
    expect(supervised.ledger('uninterruptible.work')).toMatchObject({ active: 1, runs: { timed_out: 0 } })
    await supervised.log.nth(2, { msg: 'well' })
    await supervised.stop()
    expect(supervised.ledger('uninterruptible.work').runs.timed_out).toBe(1)
    expectUntouched(supervised)
  })

  it('does not hold up a stop: it is told to, killed at the end of its grace, and named', async () => {
    const supervised = await supervise(['stubborn.mjs', 'steady.mjs'], {
      config: { escapement: { shutdown: { drain: 0.1 } } },
    })
    await Promise.all([supervised.log.nth(1, { msg: 'spinning' }), supervised.nthRun('steady.beat', 2)])
    const { killed } = await supervised.stop()
    expect(killed).toEqual(['stubborn.spin'])
    expect(supervised.ledger('stubborn.spin').runs).toMatchObject({ aborted: 1, crashed: 0 })
    expectUntouched(supervised)
  })
})

describe('by hand', () => {
  it('a timer can be paused, triggered and resumed', async () => {
    const { supervisor, ledger, nthRun, stop } = await supervise(['steady.mjs'])
    await nthRun('steady.beat', 1)
    supervisor.pause('steady.beat')
    const { skipped } = ledger('steady.beat')
    expect(supervisor.snapshot().timers[0]!.isPaused).toBe(true)
    expect(supervisor.trigger('steady.beat')).toBe('started')
    await nthRun('steady.beat', 2)
    supervisor.resume('steady.beat')
    await nthRun('steady.beat', 4)
    expect(() => supervisor.trigger('steady.baet')).toThrow(
      'there is no timer "steady.baet", did you mean "steady.beat"?',
    )
    await stop()
    expect(ledger('steady.beat').skipped.paused).toBeGreaterThanOrEqual(skipped.paused)
  })
})

describe('a thread in reserve', () => {
  it('takes over when its service is killed, and its services are started only then', async () => {
    const supervised = await supervise(['relay.mjs'], { config: { HANG: true } })
    await supervised.log.nth(10, { msg: 'ran', service: 'relay' })
    const started = supervised.log.matching({ msg: 'started', service: 'relay' }).length
    const killed = supervised.log.matching({ msg: 'thread died', reason: 'killed' }).length
    expect(killed).toBeGreaterThanOrEqual(2)
    expect(Math.abs(started - 1 - killed)).toBeLessThanOrEqual(1)
    await supervised.stop()
    const { runs, skipped } = supervised.ledger('relay.work')
    expect(runs.timed_out).toBeGreaterThanOrEqual(2)
    expect(skipped.superseded + skipped.saturated).toBe(0)
  })
})

describe('recycling', () => {
  it('replaces a thread after so many runs, between two of them, and loses no tick', async () => {
    const supervised = await supervise(['relay.mjs'])
    await supervised.log.nth(3, { msg: 'started', service: 'recycled' })
    await supervised.log.next({ msg: 'ran', service: 'recycled' })
    await supervised.stop()
    const { due, runs, skipped } = supervised.ledger('recycled.work')
    expect(runs.crashed + runs.aborted + runs.failed).toBe(0)
    expect(skipped.superseded + skipped.running + skipped.saturated).toBe(0)
    expect(due).toBe(runs.completed + skipped.missed + skipped.stopping)
    const stopped = supervised.log.matching({ msg: 'stopped', service: 'recycled' })
    for (const { runs } of stopped.slice(0, 2)) expect(runs).toBeGreaterThanOrEqual(5)
    expect(supervised.log.matching({ msg: 'thread recycled' }).length).toBeGreaterThanOrEqual(2)
  })
})

describe('a service that started once', () => {
  it.each(['import', 'onStart'])('and fails in %s after a crash is tried again until it starts', async (step) => {
    onTestFinished(() => {
      delete process.env.FLAKY_START
    })
    const supervised = await supervise(['flaky-start.mjs', 'steady.mjs'])
    process.env.FLAKY_START = step
    await supervised.log.nth(2, { msg: 'thread died', reason: 'start_failed' })
    expect(supervised.supervisor.snapshot().health.problems.join()).toMatch(/thread 0 of flaky is (re)?starting/)
    delete process.env.FLAKY_START
    await supervised.log.nth(2, { msg: 'well' })
    expect(supervised.supervisor.snapshot().health.ready).toBe(true)
    await supervised.stop()
    expectUntouched(supervised)
  })
})
