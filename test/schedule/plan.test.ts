import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Schedule, TimerDefinition } from '../../src/kernel/definitions.js'
import { planOf } from '../../src/schedule/plan/plan.js'
import { serviceDefinition } from '../support/service.js'
import { Simulation } from '../support/simulation.js'
import { timerDefinition } from '../support/timer.js'

const SECOND = 1_000
const HOUR = 3_600_000
const DAY = 24 * HOUR
/** A Monday. */
const START = Date.UTC(2026, 0, 5)

const everySeconds = (seconds: number, more: Partial<Schedule> = {}): Schedule =>
  ({ kind: 'interval', interval: seconds * 1_000_000, align: false, ...more }) as Schedule
const cron = (expression: string, timezone?: string): Schedule => ({
  kind: 'cron',
  expression,
  ...(timezone && { timezone }),
})

/** The due moments of one timer, with their notes, as `2026-01-05T00:00:00Z note`. */
function planned(given: Partial<TimerDefinition>, forMs: number, from = START): string[] {
  const { ticks } = planOf([serviceDefinition({ timers: [timerDefinition(given)] })], {
    from,
    to: from + forMs,
    start: from,
  })
  return ticks.map(({ dueAt, note }) =>
    [new Date(dueAt).toISOString().replace('.000', ''), ...(note ? [note] : [])].join(' '),
  )
}

describe('a plan', () => {
  it('a plan has the ticks that the scheduler brings, for grids, cron and windows', async () => {
    const schedules = fc.oneof(
      fc.record({
        kind: fc.constant('interval' as const),
        interval: fc.integer({ min: 1, max: 90 }).map((seconds) => seconds * 1_000_000),
        align: fc.boolean(),
        shift: fc.option(
          fc.integer({ min: 1, max: 900 }).map((millis) => millis * 1_000),
          { nil: 0 },
        ),
      }),
      fc
        .constantFrom('* * * * *', '*/7 * * * * *', '0 0 * * *', '30 0-4 * * *')
        .map((expression) => cron(expression, 'UTC')),
      fc.constant({
        kind: 'anchored' as const,
        from: '2026-01-05T00:00:30',
        step: { span: 45_000_000 },
        timezone: 'UTC',
      }),
    )
    const windows = fc.option(
      fc.record({
        days: fc.constant(['mon'] as const),
        fromMinute: fc.nat(5),
        toMinute: fc.integer({ min: 1, max: 9 }),
      }),
      { nil: undefined },
    )
    await fc.assert(
      fc.asyncProperty(schedules, windows, fc.boolean(), async (schedule, window, eager) => {
        const timer = timerDefinition({
          schedule,
          eager,
          ...(window && { window: { ...window, timezone: 'UTC' } }),
        })
        const forMs = 600 * SECOND
        const simulation = new Simulation([timer], () => 0, { wall: START })
        simulation.scheduler.start()
        await simulation.advance(forMs - 1)
        const { ticks } = planOf([serviceDefinition({ timers: [timer] })], {
          from: START,
          to: START + forMs,
          start: START,
          limitEach: 10_000,
          limit: 10_000,
        })
        expect(ticks.map(({ dueAt }) => dueAt - START)).toEqual(simulation.runs.map(({ due }) => due))
      }),
      { numRuns: 60 },
    )
  })

  it('a plan goes on from the next due moments of a running engine', () => {
    const timers = [
      timerDefinition({ schedule: everySeconds(10), eager: true }),
      timerDefinition({ method: 'stopped', schedule: everySeconds(10) }),
      timerDefinition({ method: 'adaptive', schedule: { kind: 'adaptive', initial: 1_000_000 } }),
    ]
    const due: Record<string, number> = { 'svc.work': START + 4_200.5, 'svc.adaptive': START + 7_000 }
    const { ticks } = planOf([serviceDefinition({ timers })], {
      from: START,
      to: START + 20 * SECOND,
      start: START,
      nextDue: (id) => due[id],
    })
    expect(ticks.map(({ entrypoint, dueAt }) => [entrypoint, dueAt - START])).toEqual([
      ['svc.work', 4_200.5],
      ['svc.adaptive', 7_000],
      ['svc.work', 14_200.5],
    ])
  })

  it('a plan passes over closed windows, also for a fast timer', () => {
    const window = { days: ['mon', 'tue'], fromMinute: 9 * 60, toMinute: 9 * 60 + 1, timezone: 'UTC' } as const
    expect(planned({ schedule: everySeconds(30), window }, 2 * DAY)).toEqual([
      '2026-01-05T09:00:00Z',
      '2026-01-05T09:00:30Z',
      '2026-01-06T09:00:00Z',
      '2026-01-06T09:00:30Z',
    ])
  })

  it.each([
    [
      'a fixed time in a gap',
      cron('30 2 * * *', 'Europe/Paris'),
      Date.UTC(2026, 2, 28, 12),
      [
        '2026-03-29T01:00:00Z 02:30 does not exist on this day (the clocks of Europe/Paris go forward): due at 03:00 instead',
      ],
    ],
    [
      'a fixed time at the end of a gap',
      cron('0 3 * * *', 'Europe/Paris'),
      Date.UTC(2026, 2, 28, 12),
      ['2026-03-29T01:00:00Z'],
    ],
    [
      'a fixed time that comes twice',
      cron('30 2 * * *', 'Europe/Paris'),
      Date.UTC(2026, 9, 24, 12),
      [
        '2026-10-25T00:30:00Z 02:30 comes twice on this day (the clocks of Europe/Paris go back): due the first time only',
      ],
    ],
    [
      'recurring times in a fold',
      cron('30 * * * *', 'Europe/Paris'),
      Date.UTC(2026, 9, 25, 0),
      [
        '2026-10-25T00:30:00Z 02:30 comes twice on this day (the clocks of Europe/Paris go back): this is the first time',
        '2026-10-25T01:30:00Z 02:30 comes twice on this day (the clocks of Europe/Paris go back): this is the second time',
        '2026-10-25T02:30:00Z',
        '2026-10-25T03:30:00Z',
      ],
    ],
    [
      'recurring times over a gap',
      cron('30 * * * *', 'Europe/Paris'),
      Date.UTC(2026, 2, 29, 0),
      [
        '2026-03-29T00:30:00Z',
        '2026-03-29T01:30:00Z the clocks of Europe/Paris go forward by 1h before this tick',
        '2026-03-29T02:30:00Z',
        '2026-03-29T03:30:00Z',
      ],
    ],
    [
      'days of the calendar in a gap',
      { kind: 'anchored', from: '2026-03-01T02:30:00', step: { days: 1 }, timezone: 'Europe/Paris' } as Schedule,
      Date.UTC(2026, 2, 28, 12),
      [
        '2026-03-29T01:00:00Z 02:30 does not exist on this day (the clocks of Europe/Paris go forward): due at 03:00 instead',
      ],
    ],
  ])('a plan notes what a change of the clocks does to %s', (_, schedule, from, expected) => {
    expect(planned({ schedule }, expected.length === 1 ? 24 * HOUR : 4 * HOUR, from)).toEqual(expected)
  })

  it('a plan says that jitter and interval functions make moments uncertain', () => {
    expect(planned({ schedule: everySeconds(10), jitter: 500_000 }, 11 * SECOND)).toEqual([
      '2026-01-05T00:00:10Z later by up to 500ms of jitter',
    ])
    expect(planned({ schedule: { kind: 'adaptive', initial: 2_000_000 } }, HOUR)).toEqual([
      '2026-01-05T00:00:02Z what follows is decided by its interval function after this run',
    ])
  })

  it('a plan lists the first ticks of each timer and says that more follow', () => {
    const timers = [
      timerDefinition({ schedule: everySeconds(1) }),
      timerDefinition({ method: 'hourly', schedule: cron('0 * * * *', 'UTC') }),
    ]
    const services = [serviceDefinition({ timers })]
    const span = { from: START, to: START + DAY, start: START }
    const all = planOf(services, { ...span, limitEach: 3 })
    expect(all.truncated).toBe(true)
    expect(all.ticks.map(({ entrypoint, note }) => [entrypoint, note])).toEqual([
      ['svc.work', undefined],
      ['svc.work', undefined],
      ['svc.work', 'more follow, every 1s'],
      ['svc.hourly', undefined],
      ['svc.hourly', undefined],
      ['svc.hourly', 'more follow'],
    ])
    const one = planOf(services, { ...span, entrypoint: 'svc.hourly' })
    expect(one).toMatchObject({ truncated: false, ticks: { length: 23 } })
    expect(planOf(services, { ...span, entrypoint: 'svc.nothing' }).ticks).toEqual([])
    expect(planOf(services, { ...span, limit: 2 })).toMatchObject({ truncated: true, ticks: { length: 2 } })
  })

  it('a plan takes the timers of a method that has several by the id of the method', () => {
    const timers = ['morning', 'evening'].map((name, index) =>
      timerDefinition({ name, schedule: cron(`0 ${9 + 9 * index} * * *`, 'UTC') }),
    )
    const plan = planOf([serviceDefinition({ timers })], {
      from: START,
      to: START + DAY,
      start: START,
      entrypoint: 'svc.work',
    })
    expect(plan.ticks.map(({ entrypoint }) => entrypoint)).toEqual(['svc.work#morning', 'svc.work#evening'])
  })
})

describe('herds', () => {
  const herdsIn = (services: Parameters<typeof planOf>[0], forMs = 2 * HOUR) =>
    planOf(services, { from: START, to: START + forMs, start: START }).herds

  it('ticks that come due together on one thread are a herd, told once with what to do about it', () => {
    const timers = [
      ...['a', 'b', 'c', 'd', 'e'].map((method) => timerDefinition({ method, schedule: everySeconds(60) })),
      timerDefinition({ method: 'hourly', schedule: cron('0 * * * *', 'UTC') }),
      timerDefinition({ method: 'alone', schedule: everySeconds(7, { shift: 1_000 }) }),
    ]
    expect(herdsIn([serviceDefinition({ timers })])[0]).toEqual({
      dueAt: START + HOUR,
      thread: 'svc',
      ticks: 6,
      entrypoints: ['svc.a', 'svc.b', 'svc.c', 'svc.d', 'svc.e', 'svc.hourly'],
      advice:
        "6 ticks share one thread: set spread: true on svc.a, svc.b, svc.c and 2 more, or set jitter: '1m' on svc.hourly, or give them more than one thread",
    })
  })

  it('timers that have been spread, that have threads enough or threads of their own are no herd', () => {
    const two = [timerDefinition({ method: 'a' }), timerDefinition({ method: 'b' })]
    expect(herdsIn([serviceDefinition({ timers: two })])).toHaveLength(1)
    expect(herdsIn([serviceDefinition({ timers: two, threads: 2 })])).toEqual([])
    const other = timerDefinition({ service: 'other' })
    expect(herdsIn([serviceDefinition({ timers: [two[0]!] }), serviceDefinition({ timers: [other] })])).toEqual([])
    const spread = two.map((timer, index) => ({
      ...timer,
      schedule: everySeconds(0.1, { shift: 1_000 + index * 1_000 }),
    }))
    expect(herdsIn([serviceDefinition({ timers: spread })])).toEqual([])
  })

  it('services that share a pool are one herd', () => {
    const services = ['one', 'two'].map((name) =>
      serviceDefinition({
        name,
        pool: 'shared',
        timers: [timerDefinition({ service: name, schedule: everySeconds(60) })],
      }),
    )
    expect(herdsIn(services)).toMatchObject([{ thread: 'shared', entrypoints: ['one.work', 'two.work'] }])
  })

  it('a plan about one entrypoint has the herds that it is part of', () => {
    const timers = ['a', 'b'].map((method) => timerDefinition({ method, schedule: everySeconds(60) }))
    const services = [
      serviceDefinition({ timers }),
      serviceDefinition({
        timers: timers.map((timer) => ({ ...timer, service: 'other', id: `other.${timer.method}` })),
      }),
    ]
    const { herds } = planOf(services, { from: START, to: START + HOUR, start: START, entrypoint: 'other.a' })
    expect(herds.map(({ thread }) => thread)).toEqual(['other'])
  })
})
