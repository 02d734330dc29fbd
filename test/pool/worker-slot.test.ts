/** The states of a worker slot; the numbers are those of the invariants in src/pool/worker-slot.ts. */
import { describe, expect, it } from 'vitest'
import { START_FAILED } from './fake-thread.js'
import { TestSlot } from './test-slot.js'

describe('the first start of a slot', () => {
  it('a slot takes runs when its services have started for the first time, and not before (invariant 1)', async () => {
    const test = new TestSlot([{ start: 'never' }])
    const opening = test.slot.open()
    await test.advance(0)
    expect(test.threads.thread(1).requests).toEqual(['prepare', 'start'])
    expect(test.slot).toMatchObject({ isUp: false, serving: undefined, viewState: 'starting', threadId: 1 })
    expect(test.slot.isIdle(0)).toBe(false)
    expect(() => test.run()).toThrow('slot 0 of svc has no thread')
    test.threads.thread(1).exit(1)
    await expect(opening).rejects.toThrow('the thread ended while starting')
    const other = await TestSlot.up()
    expect(other.slot).toMatchObject({ isUp: true, viewState: 'idle', load: 0 })
    expect(other.log).toEqual(['up 1'])
  })

  it.each([
    ['prepare fails', { prepare: START_FAILED }, 'svc: onStart failed: Error: no database', 'ERR_START'],
    ['start fails', { start: START_FAILED }, 'svc: onStart failed: Error: no database', 'ERR_START'],
    ['prepare does not end', { prepare: 'never' }, 'had not started after 10s', 'ERR_START_DEADLINE'],
    ['start does not end', { start: 'never' }, 'had not started after 10s', 'ERR_START_DEADLINE'],
  ] as const)('is not tried again when %s (invariants 4 and 7)', async (_, behaviour, message, code) => {
    const test = new TestSlot([behaviour])
    const opening = test.slot.open()
    const failure = expect(opening).rejects.toMatchObject({ message: expect.stringContaining(message), code })
    await test.advance(10_000)
    await failure
    expect(test.threads.alive).toEqual([])
    await test.advance(60_000)
    expect(test.log).toEqual(['exit 1 start_failed, no next'])
    expect(test.slot).toMatchObject({ isUp: false, viewState: 'stopped', restarts: 0 })
    expect(test.threads.all.length).toBe(1)
  })

  it('the first start of a slot is given up at the start deadline, not before (invariant 7)', async () => {
    const test = new TestSlot([{ start: 'never' }])
    const opening = test.slot.open()
    opening.catch(() => {})
    await test.advance(9_999)
    expect(test.slot.viewState).toBe('starting')
    await test.advance(1)
    expect(test.slot.viewState).toBe('stopped')
    await expect(opening).rejects.toThrow('10s')
  })

  it('the first start of a slot fails within a second after its deadline though native code holds the thread (invariant 7)', async () => {
    const test = new TestSlot([{ start: 'never', ignoresTerminate: true }])
    let failure: unknown
    test.slot.open().catch((error: unknown) => {
      failure = error
    })
    await test.advance(10_999)
    expect(failure).toBeUndefined()
    await test.advance(1)
    expect(failure).toMatchObject({ code: 'ERR_START_DEADLINE' })
    expect(test.slot.viewState).toBe('zombie')
    test.threads.thread(1).exit(1)
    await test.advance(60_000)
    expect(test.log).toEqual(['zombie 1', 'exit 1 start_failed, no next'])
    expect(test.slot.viewState).toBe('stopped')
  })
})

describe('a slot whose thread has died', () => {
  it('a slot whose thread has died starts another after a back-off that doubles from 100 ms (invariant 5)', async () => {
    const test = await TestSlot.up()
    test.threads.thread(1).exit(7)
    await test.advance(99)
    expect(test.slot).toMatchObject({ isUp: false, viewState: 'restarting', threadId: undefined, restarts: 0 })
    await test.advance(1)
    expect(test.slot).toMatchObject({ isUp: true, threadId: 2, restarts: 1 })
    test.threads.thread(2).exit(7)
    await test.advance(199)
    expect(test.slot.isUp).toBe(false)
    await test.advance(1)
    expect(test.log).toEqual(['up 1', 'exit 1 exited, next in 100 ms', 'up 2', 'exit 2 exited, next in 200 ms', 'up 3'])
  })

  it('a slot whose thread has died begins again at 100 ms when its thread had been up for a minute (invariant 5)', async () => {
    const test = await TestSlot.up()
    test.threads.thread(1).exit(7)
    await test.advance(100)
    test.threads.thread(2).exit(7)
    await test.advance(200 + 60_000)
    test.threads.thread(3).exit(7)
    await test.advance(100)
    expect(test.log.slice(-2)).toEqual(['exit 3 exited, next in 100 ms', 'up 4'])
  })

  it('a slot whose thread has died tries again after every later start that fails, is too slow or dies (invariant 4)', async () => {
    const test = await TestSlot.up([{}, { start: START_FAILED }, { prepare: 'never' }, { start: 'never' }, {}])
    test.threads.thread(1).exit(7)
    await test.advance(100)
    await test.advance(200 + 10_000)
    await test.advance(400)
    test.threads.thread(4).exit(3)
    await test.advance(800)
    expect(test.log).toEqual([
      'up 1',
      'exit 1 exited, next in 100 ms',
      'exit 2 start_failed, next in 200 ms',
      'exit 3 start_failed, next in 400 ms',
      'exit 4 exited, next in 800 ms',
      'up 5',
    ])
    expect(test.slot.restarts).toBe(4)
    expect(test.threads.mostAlive).toBe(1)
  })

  it('a slot whose thread has died reports each run on it once, as crashed, after the exit (invariant 3)', async () => {
    const test = await TestSlot.up()
    const first = test.run()
    const second = test.run(1)
    await Promise.resolve()
    test.threads.thread(1).begin(second.record)
    expect([first.reports, second.reports]).toEqual([[], []])
    test.threads.thread(1).exit(7)
    await test.advance(60_000)
    expect(first.reports).toMatchObject([{ result: 'crashed', isBlamed: false, threadId: 1 }])
    expect(second.reports).toMatchObject([{ result: 'crashed', isBlamed: true, error: { name: 'ThreadExit' } }])
    expect(test.linksEnded).toBe(1)
  })

  it('a slot whose thread has died is not up while the runs of that thread are reported: a report may start the next run (invariant 1)', async () => {
    const test = await TestSlot.up()
    const seen: boolean[] = []
    const tick = { sequence: 1, dueMono: 0, dueWall: 0, startBy: 0 }
    test.slot.run(0, { tick, attempt: 1, early: false }, () => seen.push(test.slot.isUp))
    test.threads.thread(1).exit(7)
    await test.advance(0)
    expect(seen).toEqual([false])
  })
})

describe('a slot whose thread is killed', () => {
  it('a slot whose thread is killed starts another at once, when the exit has been seen (invariants 2 and 5)', async () => {
    const test = await TestSlot.up([{ ignoresTerminate: true }])
    const { handle, reports } = test.run()
    handle.kill()
    await test.advance(999)
    expect(test.slot).toMatchObject({ isUp: false, viewState: 'ending', threadId: 1 })
    expect([reports.length, test.threads.all.length]).toEqual([0, 1])
    test.threads.thread(1).exit(1)
    await test.advance(0)
    expect(reports).toMatchObject([{ result: 'crashed', isBlamed: false }])
    expect(test.log).toEqual(['up 1', 'exit 1 killed, next in 0 ms', 'up 2'])
    expect(test.threads.mostAlive).toBe(1)
    await test.advance(5_000)
    expect(test.log.filter((line) => line.startsWith('zombie'))).toEqual([])
  })

  it('a slot whose thread is killed does not lengthen the back-off (invariant 5)', async () => {
    const test = await TestSlot.up()
    for (let kills = 0; kills < 3; kills++) {
      test.slot.serving!.link.kill()
      await test.advance(0)
    }
    test.threads.thread(4).exit(7)
    await test.advance(0)
    expect(test.log.at(-1)).toBe('exit 4 exited, next in 100 ms')
  })

  it('a slot whose thread is killed ignores a kill that comes for a thread before', async () => {
    const test = await TestSlot.up()
    const { handle } = test.run()
    handle.kill()
    await test.advance(0)
    handle.kill()
    await test.advance(0)
    expect(test.slot).toMatchObject({ isUp: true, threadId: 2 })
  })

  it('a slot whose thread is killed reports a zombie after a second, and starts nothing until it has exited (invariants 2 and 3)', async () => {
    const test = await TestSlot.up([{ ignoresTerminate: true }])
    const { handle, reports } = test.run()
    handle.kill()
    await test.advance(1_000)
    expect(test.slot).toMatchObject({ isUp: false, viewState: 'zombie', threadId: 1 })
    await test.advance(600_000)
    expect([reports.length, test.threads.all.length]).toEqual([0, 1])
    test.threads.thread(1).exit(1)
    await test.advance(0)
    expect(reports.length).toBe(1)
    expect(test.log).toEqual(['up 1', 'zombie 1', 'exit 1 killed, next in 0 ms', 'up 2'])
  })
})

describe('a slot whose next thread cannot be started', () => {
  it('a slot whose next thread cannot be started says which service failed in which step and why, with the exit and until a thread is up (invariant 9)', async () => {
    const exits: unknown[] = []
    const test = await TestSlot.up([{}, { start: START_FAILED }, { prepare: START_FAILED }, {}], {
      onExit: (_, exit) => exits.push(exit),
    })
    expect(test.slot.problem).toBeUndefined()
    test.threads.thread(1).exit(7)
    await test.advance(0)
    expect(test.slot.problem).toBe('its last thread ended (exited): exit code 7')
    await test.advance(100)
    expect(test.slot.problem).toBe('svc: onStart failed: Error: no database')
    await test.advance(200)
    expect(exits.slice(1)).toMatchObject([
      { reason: 'start_failed', service: 'svc', step: 'onStart', error: { message: 'no database' } },
      { reason: 'start_failed', service: 'svc', step: 'onStart', error: { message: 'no database' } },
    ])
    expect(test.slot.problem).toBe('svc: onStart failed: Error: no database')
    await test.advance(400)
    expect(test.slot).toMatchObject({ isUp: true, problem: undefined })
  })

  it('a slot whose next thread cannot be started says that a start took too long (invariant 9)', async () => {
    const exits: unknown[] = []
    const test = await TestSlot.up([{}, { start: 'never' }], { onExit: (_, exit) => exits.push(exit) })
    test.threads.thread(1).exit(7)
    await test.advance(100 + 10_000)
    expect(exits[1]).toMatchObject({ reason: 'start_failed', error: { code: 'ERR_START_DEADLINE' } })
    expect(test.slot.problem).toMatch(/svc: had not started after 10s/)
  })

  it('a slot whose next thread cannot be started says so when the thread cannot be created, and tries again after the back-off (invariants 4 and 9)', async () => {
    const test = await TestSlot.up([{}, { spawn: 'fails' }, { spawn: 'fails' }, {}])
    test.threads.thread(1).exit(7)
    await test.advance(100)
    expect(test.slot).toMatchObject({
      isUp: false,
      viewState: 'restarting',
      problem: 'its thread could not be created: Error: no memory for a thread',
    })
    await test.advance(200)
    await test.advance(400)
    expect(test.log).toEqual([
      'up 1',
      'exit 1 exited, next in 100 ms',
      'not created: no memory for a thread, next in 200 ms',
      'not created: no memory for a thread, next in 400 ms',
      'up 2',
    ])
    // Also those of threads that could not be created: nothing is posted to them.
    expect(test.linksEnded).toBe(3)
  })

  it('a slot whose next thread cannot be started rejects its first start when the thread cannot be created (invariant 4)', async () => {
    const test = new TestSlot([{ spawn: 'fails' }])
    await expect(test.slot.open()).rejects.toThrow('no memory for a thread')
    await test.slot.close(0)
    await test.advance(60_000)
    expect(test.threads.spawned).toBe(1)
  })
})
