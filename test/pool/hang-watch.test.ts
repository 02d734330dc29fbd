/** A thread that hangs outside a run; the numbers are those of the invariants in src/pool/hang-watch.ts. */
import { describe, expect, it } from 'vitest'
import { HangWatch } from '../../src/pool/hang-watch.js'
import { TestSlot } from './test-slot.js'

/** Timer 0 has a time-out of 300 ms and a grace of 1 s. */
const LIMIT = 1_300
/** Timer 1 has no time-out. */
const DEFAULT_LIMIT = 10_000
const CALL_GRACE = 1_000

const KILLED = ['exit 1 hung, next in 0 ms', 'up 2']

/** The events of the slot after its start. */
const eventsOf = ({ log }: TestSlot) => log.slice(1)

let lastCall = 0

/** Sends the thread a call whose caller waits for so long, as the router does. */
function call(test: TestSlot, waits: number): number {
  const link = test.slot.serving!.link
  const id = ++lastCall
  link.calls++
  const deadline = test.clock.now() + waits * 1_000
  link.post({ kind: 'call', id, call: { service: 'svc', method: 'ask', args: [], deadline, callStack: [] } })
  return id
}

function giveUp(test: TestSlot, id: number): void {
  const link = test.slot.serving!.link
  link.calls--
  link.post({ kind: 'cancel', id, because: 'timed_out' })
}

describe('a thread that does not begin a run it was handed', () => {
  it.each([
    ['its time-out and its grace', 0, LIMIT],
    ['10 s, for a timer without a time-out', 1, DEFAULT_LIMIT],
  ])(
    'a thread with a run to begin is ended as hung after %s, not before, and replaced at once',
    async (_, timer, limit) => {
      const test = await TestSlot.up()
      const { reports } = test.run(timer)
      await test.advance(limit - 1)
      expect(eventsOf(test)).toEqual([])
      await test.advance(1)
      expect(eventsOf(test)).toEqual(KILLED)
      expect(reports).toMatchObject([{ result: 'crashed', isBlamed: false, error: { name: 'ThreadHungError' } }])
    },
  )

  it('a thread with a run to begin is left alone when it begins the run in time, however long the run takes (invariant 2)', async () => {
    const test = await TestSlot.up()
    const { record, reports } = test.run(1)
    await test.advance(DEFAULT_LIMIT - 1)
    test.threads.thread(1).begin(record)
    await test.advance(3_600_000)
    test.threads.thread(1).finish(record)
    await test.advance(60_000)
    expect(eventsOf(test)).toEqual([])
    expect(reports).toMatchObject([{ result: 'completed' }])
  })

  it('a thread with a run to begin is left alone while a run of another timer is in progress, and has its whole limit after that (invariants 2 and 3)', async () => {
    const test = await TestSlot.up()
    const long = test.run(1)
    test.threads.thread(1).begin(long.record)
    test.run(0)
    await test.advance(60_000)
    expect([eventsOf(test), test.slot.problem]).toEqual([[], undefined])
    test.threads.thread(1).finish(long.record)
    await test.advance(LIMIT - 1)
    expect(eventsOf(test)).toEqual([])
    await test.advance(1)
    expect(eventsOf(test)).toEqual(KILLED)
  })

  it('a thread with a run to begin is left alone while a call that it has read is in progress, and has its whole limit after that (invariants 2 and 3)', async () => {
    const test = await TestSlot.up()
    const id = call(test, 60_000)
    test.threads.thread(1).readCalls(1)
    test.run(0)
    await test.advance(50_000)
    expect(eventsOf(test)).toEqual([])
    giveUp(test, id)
    await test.advance(LIMIT - 1)
    expect(eventsOf(test)).toEqual([])
    await test.advance(1)
    expect(eventsOf(test)).toEqual(KILLED)
  })

  it('a thread with a run to begin is left alone while the method of a call that was given up is on the processor (invariant 2)', async () => {
    const test = await TestSlot.up()
    const id = call(test, 100)
    test.threads.thread(1).readCalls(1)
    test.threads.thread(1).block.enterCall(id, 0)
    giveUp(test, id)
    test.run(0)
    await test.advance(50_000)
    expect(eventsOf(test)).toEqual([])
  })

  it('a thread with a run to begin has the limit of a gated run from when that is due (invariant 3)', async () => {
    const test = await TestSlot.up()
    test.run(0, { dueIn: 5_000, early: true })
    await test.advance(5_000 + LIMIT - 1)
    expect(eventsOf(test)).toEqual([])
    await test.advance(1)
    expect(eventsOf(test)).toEqual(KILLED)
  })

  it('a thread with a run to begin is ended by the shortest limit of all that it was sent', async () => {
    const test = await TestSlot.up()
    test.run(1)
    await test.advance(100)
    test.run(0)
    await test.advance(LIMIT)
    expect(eventsOf(test)).toEqual(KILLED)
  })

  it('a thread with a run to begin is ended though the run was cancelled meanwhile: it must still reply', async () => {
    const test = await TestSlot.up()
    test.run(0).handle.cancel()
    await test.advance(LIMIT)
    expect(eventsOf(test)).toEqual(KILLED)
  })

  it('a thread with a run to begin has its whole limit after the end of the run before, though the report of that has not been read (invariant 3)', async () => {
    const test = await TestSlot.up()
    const { record } = test.run(1)
    test.run(1).handle.cancel()
    test.threads.thread(1).begin(record)
    await test.advance(3 * DEFAULT_LIMIT - 1)
    test.slot.serving!.block.writeEnd(record, test.clock.now(), undefined)
    await test.advance(DEFAULT_LIMIT - 1)
    expect(eventsOf(test)).toEqual([])
    await test.advance(2)
    expect(eventsOf(test)).toEqual(KILLED)
  })

  it('a thread with a run to begin has its whole limit after the main thread stood still (invariant 3)', async () => {
    const test = await TestSlot.up()
    test.run(0)
    await test.clock.stall(60_000_000)
    await test.advance(LIMIT - 1)
    expect(eventsOf(test)).toEqual([])
    await test.advance(1)
    expect(eventsOf(test)).toEqual(KILLED)
  })
})

describe('a thread on which a method has ended', () => {
  it('a thread on which a method has ended is ended as hung when the report of the run does not come within the limit (invariant 1)', async () => {
    const test = await TestSlot.up()
    const { record, reports } = test.run(1)
    test.threads.thread(1).begin(record)
    await test.advance(25_000)
    test.threads.thread(1).returnMethod(record, test.clock.now())
    await test.advance(DEFAULT_LIMIT - 1)
    expect(eventsOf(test)).toEqual([])
    await test.advance(DEFAULT_LIMIT)
    expect(eventsOf(test)).toEqual(KILLED)
    expect(reports).toMatchObject([{ result: 'crashed', isBlamed: false }])
  })
})

describe('a thread that does not read a call', () => {
  it('a thread that does not read a call is ended as hung a second after the deadline of the call, though its caller has given it up', async () => {
    const test = await TestSlot.up()
    const id = call(test, 2_000)
    await test.advance(2_000)
    giveUp(test, id)
    await test.advance(CALL_GRACE - 1)
    expect(eventsOf(test)).toEqual([])
    await test.advance(1)
    expect(eventsOf(test)).toEqual(KILLED)
    expect(test.linksEnded).toBe(1)
  })

  it('a thread that does not read a call is left alone when it reads the call in time', async () => {
    const test = await TestSlot.up()
    const id = call(test, 2_000)
    await test.advance(1_900)
    test.threads.thread(1).readCalls(1)
    await test.advance(100)
    giveUp(test, id)
    await test.advance(60_000)
    expect(eventsOf(test)).toEqual([])
  })

  it('a thread that does not read a call is known to have read one call and not the next', async () => {
    const test = await TestSlot.up()
    giveUp(test, call(test, 100))
    test.threads.thread(1).readCalls(1)
    giveUp(test, call(test, 500))
    await test.advance(500 + CALL_GRACE - 1)
    expect(eventsOf(test)).toEqual([])
    await test.advance(1)
    expect(eventsOf(test)).toEqual(KILLED)
  })
})

describe('what a slot says of a thread that hangs', () => {
  it('what a slot says of a thread that hangs begins at half of the limit, names what was entered last, and ends when the next thread is up', async () => {
    const test = await TestSlot.up([{}, { start: 'never' }])
    const first = test.run(1)
    test.threads.thread(1).begin(first.record)
    test.threads.thread(1).finish(first.record)
    await test.advance(0)
    test.run(0)
    await test.advance(LIMIT / 2 - 1)
    expect(test.slot.problem).toBeUndefined()
    await test.advance(1)
    expect(test.slot.problem).toBe(
      'the thread hangs outside a run: svc.quick has waited 650ms for it while nothing else was in progress (last entered was svc.slow)',
    )
    await test.advance(LIMIT / 2)
    expect(test.slot).toMatchObject({ viewState: 'starting', threadId: 2 })
    expect(test.slot.problem).toMatch(/svc.quick has waited 1.3s for it .*last entered was svc.slow/)
    const up = await TestSlot.up()
    up.run(0)
    await up.advance(LIMIT)
    expect(up.slot).toMatchObject({ isUp: true, problem: undefined, threadId: 2 })
  })

  it('what a slot says of a thread that hangs names a call that was entered last, and says so when nothing was', async () => {
    const test = await TestSlot.up()
    test.run(0)
    await test.advance(LIMIT - 1)
    expect(test.slot.problem).toMatch(/no method has been entered on it yet/)
    test.threads.thread(1).block.enterCall(1, 0)
    test.threads.thread(1).block.leaveCall()
    expect(test.slot.problem).toMatch(/last entered was svc.ask/)
  })
})

describe('the alarm of a thread', () => {
  it('the alarm of a thread is one for all that was sent, and none is left some time after the last report (invariant 5)', async () => {
    const test = await TestSlot.up()
    const runs = [test.run(1), test.run(1), test.run(1)]
    // The other one belongs to the watch over the heap.
    expect(test.clock.pending).toBe(2)
    for (const { record } of runs) test.threads.thread(1).begin(record)
    for (const { record } of runs) test.threads.thread(1).finish(record)
    await test.advance(DEFAULT_LIMIT)
    expect(test.clock.pending).toBe(0)
  })

  it('the alarm of a thread is gone when the thread has exited, and the exit is reported once (invariant 4)', async () => {
    const test = await TestSlot.up([{ ignoresTerminate: true }])
    test.run(0)
    await test.advance(LIMIT + 500)
    expect(test.slot.viewState).toBe('ending')
    test.threads.thread(1).exit(1)
    await test.advance(60_000)
    expect(eventsOf(test)).toEqual(KILLED)
    expect(test.clock.pending).toBe(0)
  })
})

describe('the cost of the watch', () => {
  it('what the thread has been sent is looked at when the alarm rings, and at no other time (invariant 6)', () => {
    const alarms: (() => void)[] = []
    let looks = 0
    const after = (_: number, ring: () => void) => {
      alarms.push(ring)
      return () => {}
    }
    const watch = new HangWatch({
      clock: { now: () => 0, after },
      work: {
        isInProgress: false,
        get awaited() {
          looks++
          return []
        },
      },
      onHang: () => {},
    })
    for (let run = 0; run < 1_000; run++) watch.sent(run, 1_000_000 - run)
    for (let run = 0; run < 1_000; run++) watch.finishedOne()
    expect(looks).toBe(0)
    alarms.at(-1)!()
    expect(looks).toBe(1)
  })
})
