/** What becomes of a job that ends its thread or does not end, and of the service beside it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type Supervised, supervise } from '../support/supervised.js'

interface Fault {
  readonly FAULT: string
  /** How many runs have the fault. */
  readonly TIMES?: number
  readonly TIMEOUT?: string
  readonly GRACE?: string
}

function superviseFault(config: Fault): Promise<Supervised> {
  return supervise(['faulty.mjs', 'steady.mjs'], { config: { ...config, count: new SharedArrayBuffer(4) } })
}

/** So many ticks of the neighbour come due before {@link expectUntouched} is asked that a starved one shows. */
const neighbourHasTicked = (supervised: Supervised) => supervised.nthRun('steady.beat', 5)

/**
 * The neighbour ran all its ticks, except those that a busy machine made late: every tick that did not run is booked as
 * `missed`, `running` or `saturated`, and these are fewer than the runs. None waited for the faulty service.
 */
function expectUntouched({ ledger }: Supervised): void {
  const { due, runs, skipped } = ledger('steady.beat')
  const late = skipped.missed + skipped.running + skipped.saturated
  expect(due - runs.completed - skipped.stopping).toBe(late)
  expect(late).toBeLessThan(runs.completed)
}

it.each([
  ['exit', 'exited', /exit code 7/],
  ['memory', 'out_of_memory', /memory limit/],
])(
  'a run that ends its thread by %s is charged with the crash, and its service ticks again',
  async (FAULT, reason, message) => {
    const supervised = await superviseFault({ FAULT })
    await Promise.all([supervised.log.nth(3, { msg: 'well' }), neighbourHasTicked(supervised)])
    expect(supervised.log.matching({ msg: 'thread died' })).toMatchObject([{ reason, pool: 'faulty' }])
    await supervised.stop()
    const crashed = supervised.runs.filter((run) => run.outcome === 'crashed')
    expect(crashed).toMatchObject([{ entrypoint: 'faulty.work', error: { message: expect.stringMatching(message) } }])
    expectUntouched(supervised)
  },
)

it.each([
  ['an unhandled rejection', 'rejection', /nobody handles this/],
  ['an error thrown in a timer callback', 'callback', /thrown in a callback/],
])(
  'a thread that dies of %s after the method has returned is replaced, and its timer stays in service',
  async (_, FAULT, message) => {
    const supervised = await superviseFault({ FAULT })
    await Promise.all([supervised.log.nth(3, { msg: 'well' }), neighbourHasTicked(supervised)])
    const [death, ...others] = supervised.log.matching({ msg: 'thread died' })
    expect(death).toMatchObject({ reason: 'error', pool: 'faulty', err: { message: expect.stringMatching(message) } })
    expect(others).toEqual([])
    await supervised.stop()
    const timer = supervised.supervisor.snapshot().timers.find(({ id }) => id === 'faulty.work')!
    expect(timer.circuit.state).toBe('closed')
    expectUntouched(supervised)
  },
)

it('a timer whose runs crash three times in a row is quarantined, and the timer of another service is not', async () => {
  const supervised = await superviseFault({ FAULT: 'exit', TIMES: 1_000 })
  await Promise.all([supervised.nthRun('faulty.work', 3), neighbourHasTicked(supervised)])
  const circuits = supervised.supervisor.snapshot().timers.map(({ id, circuit }) => [id, circuit])
  expect(Object.fromEntries(circuits)).toEqual({
    'faulty.work': { state: 'open', reason: 'quarantined' },
    'steady.beat': { state: 'closed' },
  })
  await supervised.log.nth(1, { msg: 'tick skipped', reason: 'quarantined' })
  await supervised.stop()
  expect(supervised.ledger('faulty.work').runs.crashed).toBe(3)
  expectUntouched(supervised)
})

it.each(['polite loop', 'polite wait'])(
  'a run that heeds its abort (%s) is aborted at its time-out, and its thread lives on',
  async (FAULT) => {
    const supervised = await superviseFault({ FAULT, TIMEOUT: '200ms' })
    const run = await supervised.nthRun('faulty.work', 1)
    expect(run).toMatchObject({ outcome: 'timed_out', error: { name: 'AbortedError', code: 'ERR_ABORTED' } })
    const [well] = await Promise.all([supervised.log.nth(1, { msg: 'well' }), neighbourHasTicked(supervised)])
    expect(well).toMatchObject({ runs: 2 })
    expect(supervised.log.matching({ msg: 'thread died' })).toEqual([])
    await supervised.stop()
    expectUntouched(supervised)
  },
)

it('a run that ignores its abort is killed with its thread, and its service ticks again on another thread', async () => {
  const supervised = await superviseFault({ FAULT: 'loop', TIMES: 3, TIMEOUT: '200ms', GRACE: '100ms' })
  const [well] = await Promise.all([supervised.log.nth(1, { msg: 'well' }), neighbourHasTicked(supervised)])
  expect(well).toMatchObject({ runs: 1 })
  await supervised.stop()
  const bad = supervised.runs.filter((run) => run.entrypoint === 'faulty.work').slice(0, 3)
  expect(bad.map((run) => run.outcome)).toEqual(['timed_out', 'timed_out', 'timed_out'])
  expect(new Set(bad.map((run) => run.threadId)).size).toBe(3)
  expect(supervised.log.matching({ msg: 'thread died' }).slice(0, 3)).toMatchObject(
    bad.map(() => ({ pool: 'faulty', reason: 'killed' })),
  )
  expectUntouched(supervised)
})

it('a run that cannot be killed keeps its lane occupied until its thread has exited, and its thread is a zombie', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const LOCK = join(folder, 'lock')
  writeFileSync(LOCK, '')
  const supervised = await supervise(['uninterruptible.mjs', 'steady.mjs'], { config: { LOCK } })
  await supervised.log.nth(1, { msg: 'thread was killed but has not exited: it may be running native code' })
  await supervised.nthRun('steady.beat', supervised.ledger('steady.beat').runs.completed + 5)
  const { health, threads } = supervised.supervisor.snapshot()
  expect(health).toMatchObject({
    live: true,
    ready: false,
    problems: [{ kind: 'thread', text: expect.stringMatching(/thread 0 of.* uninterruptible/) }],
  })
  expect(threads.find((thread) => thread.pool === 'uninterruptible')!.state).toBe('zombie')
  expect(supervised.ledger('uninterruptible.work')).toMatchObject({ active: 1, runs: { timed_out: 0 } })
  rmSync(LOCK)
  expect(await supervised.nthRun('uninterruptible.work', 1)).toMatchObject({ outcome: 'timed_out' })
  await supervised.log.nth(2, { msg: 'well' })
  await supervised.stop()
  expectUntouched(supervised)
})

it('a stop aborts a run that does not end, kills it at the end of its grace, and names it', async () => {
  const supervised = await supervise(['stubborn.mjs', 'steady.mjs'], {
    config: { escapement: { shutdown: { drain: 0.1 } } },
  })
  await Promise.all([supervised.log.nth(1, { msg: 'spinning' }), neighbourHasTicked(supervised)])
  const { killed } = await supervised.stop()
  expect(killed).toEqual(['stubborn.spin'])
  expect(supervised.ledger('stubborn.spin').runs).toMatchObject({ aborted: 1, crashed: 0 })
  expectUntouched(supervised)
})

it('a paused timer skips its ticks, can be triggered by hand, and ticks again when it is resumed', async () => {
  const { supervisor, ledger, runs, nthRun, nthSkip, stop } = await supervise(['steady.mjs'])
  await nthRun('steady.beat', 1)
  supervisor.pause('steady.beat')
  expect(supervisor.snapshot().timers[0]!.isPaused).toBe(true)
  const firstSkip = await nthSkip('steady.beat', 'paused', 1)
  await nthSkip('steady.beat', 'paused', 3)
  expect(runs.filter((run) => run.sequence > firstSkip.sequence)).toEqual([])
  // A run that was in progress at the pause may still be.
  if (ledger('steady.beat').active > 0) await nthRun('steady.beat', runs.length + 1)
  expect(supervisor.trigger('steady.beat')).toBe('started')
  expect(await nthRun('steady.beat', runs.length + 1)).toMatchObject({ sequence: -1, outcome: 'completed' })
  supervisor.resume('steady.beat')
  const { paused } = ledger('steady.beat').skipped
  await nthRun('steady.beat', runs.length + 2)
  await stop()
  expect(ledger('steady.beat').skipped.paused).toBe(paused)
})

it('a timer that does not exist cannot be triggered, and the error names the nearest one', async () => {
  const { supervisor } = await supervise(['steady.mjs'])
  expect(() => supervisor.trigger('steady.baet')).toThrow(
    'there is no timer "steady.baet", did you mean "steady.beat"?',
  )
})

it('the standby thread takes over when the thread of its service is killed, and starts the service only then', async () => {
  const hang = new Int32Array(new SharedArrayBuffer(4))
  const { log, ledger, stop } = await supervise(['standby.mjs'], { config: { hang: hang.buffer } })
  const first = await log.nth(1, { msg: 'started' })
  const standby = await log.nth(2, { msg: 'prepared' })
  expect(standby.threadId).not.toBe(first.threadId)
  Atomics.store(hang, 0, 1)
  const successor = await log.nth(2, { msg: 'started' })
  expect(successor.threadId).toBe(standby.threadId)
  const [death] = log.matching({ msg: 'thread died' })
  expect(death).toMatchObject({ reason: 'killed' })
  expect(log.records.indexOf(death!)).toBeLessThan(log.records.indexOf(successor))
  await log.nth(1, { msg: 'ran', threadId: standby.threadId })
  // The thread that took over has a standby thread in its turn.
  const next = await log.nth(3, { msg: 'prepared' })
  expect([first.threadId, standby.threadId]).not.toContain(next.threadId)
  await stop()
  expect(ledger('guarded.work').runs).toMatchObject({ timed_out: 1, crashed: 0 })
}, 20_000)

it('recycling replaces a thread after five runs, and a tick that comes meanwhile runs on the next thread', async () => {
  const { supervisor, log, ledger, nthRun, stop } = await supervise(['recycled.mjs'])
  let ticks = 0
  const runOne = async (expected: string) => {
    expect(supervisor.trigger('recycled.work')).toBe(expected)
    const run = await nthRun('recycled.work', ++ticks)
    expect(run).toMatchObject({ sequence: -ticks, outcome: 'completed' })
    return run.threadId
  }
  const threads: number[] = []
  for (let recycled = 1; recycled <= 2; recycled++) {
    for (let run = ticks % 5; run < 5; run++) threads.push(await runOne('started'))
    await log.nth(recycled, { msg: 'thread recycled' })
    // The thread has just exited, and its successor has not started its service yet.
    threads.push(await runOne('waiting'))
  }
  await stop()
  expect(ledger('recycled.work')).toMatchObject({ due: ticks, runs: { completed: ticks } })
  const [one, two, three] = new Set(threads)
  expect(threads).toEqual([...Array(5).fill(one), ...Array(5).fill(two), three])
  expect(log.matching({ msg: 'stopped', service: 'recycled' })).toMatchObject([{ runs: 5 }, { runs: 5 }, { runs: 1 }])
})

it.each(['import', 'onStart'])(
  'a service that has started once and fails in %s after a crash is started again until it succeeds',
  async (step) => {
    onTestFinished(() => {
      delete process.env.FLAKY_START
    })
    const supervised = await supervise(['flaky-start.mjs', 'steady.mjs'], {
      config: { died: new SharedArrayBuffer(4) },
    })
    process.env.FLAKY_START = step
    const death = await supervised.log.nth(2, { msg: 'thread died', reason: 'start_failed' })
    expect(death).toMatchObject({ service: 'flaky', step, err: { message: expect.stringMatching(/not \w+ today/) } })
    const { problems } = supervised.supervisor.snapshot().health
    expect(problems).toEqual([
      {
        kind: 'thread',
        text: expect.stringMatching(
          new RegExp(`thread 0 of flaky is (re)?starting: flaky: ${step} failed: Error: not \\w+ today`),
        ),
      },
    ])
    delete process.env.FLAKY_START
    await Promise.all([supervised.log.nth(2, { msg: 'well' }), neighbourHasTicked(supervised)])
    expect(supervised.supervisor.snapshot().health.ready).toBe(true)
    await supervised.stop()
    expectUntouched(supervised)
  },
)
