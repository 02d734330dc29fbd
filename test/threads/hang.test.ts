/** A thread that hangs outside a run: what a job leaves behind, and what looks like a hang and is none. */
import { expect, it } from 'vitest'
import { type Supervised, supervise } from '../support/supervised.js'

const superviseLeftover = (LEFTOVER: string) =>
  supervise(['leftover.mjs'], { config: { LEFTOVER, count: new SharedArrayBuffer(4) } })

const deaths = ({ log }: Supervised) => log.matching({ msg: 'thread died', pool: 'leftover' })

it.each([
  'a loop in a timer callback',
  'a loop in an immediate',
  'a loop behind a promise',
  'an endless chain of process.nextTick',
  'an Atomics.wait in a timer callback',
  'a loop in an interval',
])(
  'a service ticks again after a job has left behind %s, and health says so meanwhile',
  async (LEFTOVER) => {
    const supervised = await superviseLeftover(LEFTOVER)
    const problems: string[] = []
    supervised.supervisor.on('thread.exited', () =>
      problems.push(...supervised.supervisor.snapshot().health.problems.map(({ text }) => text)),
    )
    await supervised.log.nth(1, { msg: 'well' })
    expect(deaths(supervised)).toMatchObject([
      { reason: 'hung', lastEntered: 'leftover.work', err: { name: 'ThreadHungError' }, restartInSeconds: 0 },
    ])
    expect(problems.join('\n')).toMatch(/thread 0 of leftover is restarting: .*leftover\.work has waited/)
    expect(JSON.stringify(supervised.supervisor.snapshot().health.problems)).not.toMatch(/leftover/)
    const crashed = supervised.runs.filter(({ outcome }) => outcome === 'crashed')
    expect(crashed).toMatchObject([
      { entrypoint: 'leftover.work', lateness: undefined, error: { name: 'ThreadHungError' } },
    ])
    await supervised.stop()
  },
  30_000,
)

it('a run whose job keeps the thread from replying is timed out, and its service ticks again', async () => {
  const supervised = await superviseLeftover('a loop in a microtask before the reply')
  await supervised.log.nth(1, { msg: 'well' })
  expect(supervised.runs[0]).toMatchObject({ entrypoint: 'leftover.work' })
  expect(deaths(supervised).length).toBe(1)
  await supervised.stop()
}, 30_000)

it.each(['a frozen performance.now', 'frozen clocks and timers that never fire'])(
  'a service ticks on, on the same thread, after a job has left behind %s',
  async (LEFTOVER) => {
    const supervised = await superviseLeftover(LEFTOVER)
    await supervised.log.nth(5, { msg: 'well' })
    expect(deaths(supervised)).toEqual([])
    for (const { lateness, entrypoint } of supervised.runs) {
      if (entrypoint === 'leftover.work') expect(lateness).toBeGreaterThanOrEqual(0)
    }
    await supervised.stop()
    expect(supervised.ledger('leftover.work').runs).toMatchObject({ crashed: 0, timed_out: 0 })
  },
  30_000,
)

it.each([
  ['that computes', false],
  ['that waits', true],
])(
  'a long run %s of a neighbour on the same thread is no hang',
  async (_, IS_ASYNC) => {
    const supervised = await supervise(['neighbours.mjs'], { config: { IS_ASYNC } })
    await supervised.log.nth(1, { msg: 'long run is over' })
    await supervised.nthRun('neighbours.quick', supervised.ledger('neighbours.quick').runs.completed + 2)
    await supervised.stop()
    expect(supervised.log.matching({ msg: 'thread died' })).toEqual([])
    expect(supervised.ledger('neighbours.quick').runs).toMatchObject({ crashed: 0, timed_out: 0 })
    expect(supervised.ledger('neighbours.quick').runs.completed).toBeGreaterThan(0)
  },
  40_000,
)

interface Called {
  leave(): void
  ping(): string
}

it('a thread that is only called, and hangs after a call, is replaced when it does not read the next call', async () => {
  const supervised = await supervise(['only-called.mjs'])
  await supervised.supervisor.remote<Called>('called', { timeout: '20s' }).leave()
  const { ping } = supervised.supervisor.remote<Called>('called', { timeout: '300ms' })
  await expect(ping()).rejects.toThrow('called.ping')
  const died = await supervised.log.nth(1, { msg: 'thread died', pool: 'called' })
  expect(died).toMatchObject({ reason: 'hung', lastEntered: 'called.leave', err: { name: 'ThreadHungError' } })
  expect(await supervised.supervisor.remote<Called>('called', { timeout: '20s' }).ping()).toBe('pong')
}, 30_000)
