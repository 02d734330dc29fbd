/** How the scheduler re-arms timers on the wheel, seen by a sink that notes what it is given. */
import { describe, expect, it } from 'vitest'
import type { TimerDefinition } from '../../src/kernel/definitions.js'
import type { DueTick } from '../../src/kernel/due-tick.js'
import { Events } from '../../src/kernel/events.js'
import { Scheduler, type TickSink } from '../../src/schedule/scheduler.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import { timerDefinition } from '../support/timer.js'

type Note = readonly [what: string, timer: number, sequence: number, millis: number]

function schedule(timers: readonly Partial<TimerDefinition>[], sink: Partial<TickSink> = {}, lead = 2_500) {
  const clock = new VirtualClock({ start: 1_000_000, wall: Date.UTC(2026, 0, 5) })
  const notes: Note[] = []
  const note = (what: string, timer: number, { sequence }: DueTick, now: number) =>
    notes.push([what, timer, sequence, (now - 1_000_000) / 1_000])
  const scheduler = new Scheduler({
    clock,
    events: new Events(),
    timers: timers.map((given, index) => timerDefinition({ method: `m${index}`, ...given })),
    onLag: () => {},
    leadOf: () => lead,
    sink: {
      offer: (timer, tick, now) => {
        note('offer', timer, tick, now)
        return sink.offer?.(timer, tick, now) ?? true
      },
      arrive: (timer, tick, now) => {
        note('arrive', timer, tick, now)
        sink.arrive?.(timer, tick, now)
      },
      miss: (timer, count, last) => void note(`miss ${count}`, timer, last, clock.now()),
      makeUp: (timer, tick) => void note('make up', timer, tick, clock.now()),
    },
  })
  scheduler.start()
  return { clock, notes, scheduler }
}

const every = (interval: number) => ({ kind: 'interval', interval, align: false }) as const

describe('a punctual timer', () => {
  it('is offered 2.5 ms before each due moment while the sink takes its offers', async () => {
    const { clock, notes } = schedule([{}])
    await clock.advance(310_000)
    expect(notes).toEqual([
      ['offer', 0, 1, 97.5],
      ['offer', 0, 2, 197.5],
      ['offer', 0, 3, 297.5],
    ])
  })

  it.each([
    [10_000, 7.5],
    [4_000, 2],
    [20_000, 17.5],
    [40_000, 36],
    [100_000, 94],
  ])(
    'a punctual timer with a lead of 6 ms and an interval of %d µs is offered at %d ms',
    async (interval, offeredAt) => {
      const { clock, notes } = schedule([{ schedule: every(interval), precise: true }], {}, 6_000)
      await clock.advance(interval)
      expect(notes[0]).toEqual(['offer', 0, 1, offeredAt])
    },
  )

  it('arrives when it is due if its offer was refused, and is offered again before the next due moment', async () => {
    const { clock, notes } = schedule([{}], { offer: (_timer, { sequence }) => sequence !== 2 })
    await clock.advance(310_000)
    expect(notes).toEqual([
      ['offer', 0, 1, 97.5],
      ['offer', 0, 2, 197.5],
      ['arrive', 0, 2, 200],
      ['offer', 0, 3, 297.5],
    ])
  })

  it('arrives when it is due, and not before, although alarms are early and its offers are refused', async () => {
    const { clock, notes, scheduler } = schedule([{}], { offer: () => false })
    const setAlarm = clock.setAlarm.bind(clock)
    clock.setAlarm = (at, wake) => setAlarm(at - clock.now() > 900 ? at - 900 : at, wake)
    scheduler.start()
    await clock.advance(110_000)
    expect(notes).toEqual([
      ['offer', 0, 1, 96.6],
      ['offer', 0, 1, 99.1],
      ['arrive', 0, 1, 100],
    ])
  })

  // Up to 62 µs later: the wheel waits for the next of its ticks.
  it('is offered half a period ahead, also when that is no whole number of microseconds', async () => {
    const { clock, notes } = schedule([{ precise: true, schedule: every(3_001) }])
    await clock.advance(5_000)
    expect(notes).toEqual([
      ['offer', 0, 1, 1.563],
      ['offer', 0, 2, 4.563],
    ])
  })
})

describe('a timer that is not punctual', () => {
  it('arrives at each due moment and is never offered', async () => {
    const { clock, notes } = schedule([{ precise: false }])
    await clock.advance(310_000)
    expect(notes).toEqual([1, 2, 3].map((k) => ['arrive', 0, k, 100 * k]))
  })
})

describe('timers that are due together', () => {
  it('are brought in the order of their index, each once', async () => {
    const { clock, notes } = schedule([{ precise: false }, { precise: false }, { precise: false }])
    await clock.advance(210_000)
    expect(notes).toEqual([1, 2].flatMap((k) => [0, 1, 2].map((timer) => ['arrive', timer, k, 100 * k])))
  })

  it('do not bring a timer whose interval was changed by one of them: it waits for its new due moment', async () => {
    const timers = [{ precise: false }, { precise: false, schedule: { kind: 'adaptive', initial: 100_000 } as const }]
    const changed: number[] = []
    const { clock, notes, scheduler } = schedule(timers, {
      arrive: (timer, { sequence }) => {
        if (timer === 0 && sequence === 1) changed.push(clock.now())
        if (timer === 0 && sequence === 1) scheduler.changeInterval(1, 250_000)
      },
    })
    await clock.advance(260_000)
    expect(changed).toHaveLength(1)
    expect(notes.filter(([, timer]) => timer === 1)).toEqual([['arrive', 1, 1, 250]])
  })
})

describe('after a jump of the wall clock', () => {
  const wall = Date.UTC(2026, 0, 5)
  const aligned = { schedule: { kind: 'interval', interval: 10_000_000, align: true } as const, precise: false }

  it('an aligned timer is due on the multiples of its interval by the new time', async () => {
    const { clock, notes } = schedule([aligned])
    await clock.advance(11_000_000)
    clock.jumpWall(4_000)
    await clock.advance(16_000_000)
    expect(notes).toEqual([
      ['arrive', 0, 1, 10_000],
      ['arrive', 0, 2, 16_000],
      ['arrive', 0, 3, 26_000],
    ])
  })

  it('an aligned timer whose tick is due already gets that tick first, and then follows', async () => {
    const { clock, notes } = schedule([aligned])
    clock.jumpWall(4_000)
    await clock.stall(10_000_000)
    await clock.advance(16_000_000)
    expect(notes).toEqual([
      ['arrive', 0, 1, 10_000],
      ['arrive', 0, 2, 16_000],
      ['arrive', 0, 3, 26_000],
    ])
  })

  it('a cron timer without a next occurrence is disarmed: no alarm is set for it', async () => {
    const cron = { kind: 'cron', expression: '10 0 0 5 1 * 2026', timezone: 'UTC' } as const
    const { clock, notes, scheduler } = schedule([{ schedule: cron }])
    expect(scheduler.nextDue(0)).toBe(11_000_000)
    const alarms: number[] = []
    const setAlarm = clock.setAlarm.bind(clock)
    clock.setAlarm = (at, wake) => {
      alarms.push(at)
      setAlarm(at, wake)
    }
    clock.jumpWall(Date.UTC(1920, 0, 1) - wall)
    await clock.advance(11_000_000)
    expect(scheduler.nextDue(0)).toBeUndefined()
    expect(notes).toEqual([])
    // Only those that compare the clocks, a second apart.
    expect(alarms).toEqual(Array.from({ length: 11 }, (_, second) => (second + 3) * 1_000_000))
  })
})
