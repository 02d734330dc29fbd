import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MISSED_POLICIES, type MissedPolicy } from '../../src/kernel/vocabulary.js'
import { type Due, firstDue, MOST_MADE_UP, type Moment } from '../../src/schedule/cadence.js'
import { gridFrom } from '../../src/schedule/grid.js'
import { judgeLapse, type LapsePolicy } from '../../src/schedule/lapse.js'
import { fuzz } from './fuzz.js'

const START: Moment = { sequence: 0, mono: 0, wall: 0 }

/** A character of a timeline is 10 µs. */
const SCALE = 10

/**
 * Reads a timeline: a digit is a due moment, the bar is now. The answer has a digit for each tick that goes on and an `x`
 * for each tick that is missed.
 */
function judge(timeline: string, policy: Partial<LapsePolicy>): string {
  const ticks = [...timeline].flatMap((mark, index) =>
    /\d/.test(mark) ? [{ mark: Number(mark), mono: index * SCALE }] : [],
  )
  const now = timeline.indexOf('|') * SCALE
  const due = ticks.filter(({ mono }) => mono <= now)
  const latest: Due[] = due.map(({ mark, mono }, index) => ({
    sequence: mark,
    mono,
    wall: 0,
    period: (ticks[index + 1]?.mono ?? Number.POSITIVE_INFINITY) - mono,
  }))
  const verdict = judgeLapse(timer(policy), { count: latest.length, latest }, now)
  expect(verdict.missed + verdict.go.length).toBe(latest.length)
  return latest.map((due) => (verdict.go.includes(due) ? due.sequence : 'x')).join('')
}

const timer = (policy: Partial<LapsePolicy>): LapsePolicy => ({
  missed: 'skip',
  schedule: { kind: 'interval', interval: 50, align: false },
  ...policy,
})

describe('a single late tick', () => {
  it.each([
    ['|1----2', ''],
    ['1----2', ''],
  ])('is not there in %s', (timeline, answer) => {
    expect(judge(timeline, { missed: 'skip' })).toBe(answer)
  })

  it.each<[timeline: string, answer: string]>([
    ['1|---2', '1'],
    ['1---|2', '1'],
  ])('of %s goes on until the next tick is due, under every policy', (timeline, answer) => {
    for (const missed of MISSED_POLICIES) expect(judge(timeline, { missed })).toBe(answer)
  })

  it.each<[timeline: string, startDeadline: number, answer: string]>([
    ['1-|--2', 20, '1'],
    ['1--|-2', 20, 'x'],
    ['1|---2', 0, 'x'],
  ])('of %s is judged by a start deadline of %d µs', (timeline, startDeadline, answer) => {
    for (const missed of MISSED_POLICIES) expect(judge(timeline, { missed, startDeadline })).toBe(answer)
  })
})

describe('several late ticks', () => {
  const wide = { startDeadline: 10_000 }

  it.each<[timeline: string, missed: MissedPolicy, answer: string]>([
    ['1----2----3----4|---5', 'skip', 'xxx4'],
    ['1----2----3----4-|--5', 'skip', 'xxx4'],
    ['1----2----3----4--|-5', 'skip', 'xxxx'],
    ['1----2----3----4---|5', 'skip', 'xxxx'],
    ['1----2----3----4|---5', 'once', 'xxx4'],
    ['1----2----3----4---|5', 'once', 'xxx4'],
    ['1----2----3----4|---5', 'all', '1234'],
    ['1----2----3----4---|5', 'all', '1234'],
    ['1----2|', 'skip', 'x2'],
    ['1----2|', 'once', 'x2'],
    ['1----2|', 'all', '12'],
  ])('of %s with missed: %s become %s', (timeline, missed, answer) => {
    expect(judge(timeline, { missed, ...wide })).toBe(answer)
  })

  it('include the latest exactly halfway to the next tick', () => {
    expect(judge('1---2--|--3', { missed: 'skip', ...wide })).toBe('x2')
    expect(judge('1---2---|-3', { missed: 'skip', ...wide })).toBe('xx')
  })

  it.each<[timeline: string, missed: MissedPolicy, startDeadline: number, answer: string]>([
    ['1----2----3--|', 'once', 40, 'xx3'],
    ['1----2----3--|', 'once', 20, 'xxx'],
    ['1----2----3--|', 'all', 1_000, '123'],
    ['1----2----3--|', 'all', 80, 'x23'],
    ['1----2----3--|', 'all', 30, 'xx3'],
    ['1----2----3--|', 'all', 10, 'xxx'],
    ['1----2----3-|--', 'skip', 10, 'xxx'],
  ])('of %s with missed: %s and a start deadline of %d µs become %s', (timeline, missed, startDeadline, answer) => {
    expect(judge(timeline, { missed, startDeadline })).toBe(answer)
  })

  it('all go on with missed: all and the default start deadline', () => {
    expect(judge('1----2----3--|-4', { missed: 'all' })).toBe('123')
  })

  it('come with the latest of those that are missed', () => {
    const grid = gridFrom(START, 50)
    const lapse = grid.lapsed(firstDue(grid, START, false)!, 210, 0)
    expect(judgeLapse(timer({ missed: 'once' }), lapse, 210).lastMissed?.sequence).toBe(3)
    expect(judgeLapse(timer({ missed: 'all', ...wide }), lapse, 210)).not.toHaveProperty('lastMissed')
    expect(judgeLapse(timer({ missed: 'all', startDeadline: 0 }), lapse, 210).lastMissed?.sequence).toBe(4)
  })

  it('are made up for up to a limit of 100, the latest', () => {
    const grid = gridFrom(START, 50)
    const now = 5_000 * 50
    const lapse = grid.lapsed(firstDue(grid, START, false)!, now, 0)
    const verdict = judgeLapse(timer({ missed: 'all', startDeadline: 1e12 }), lapse, now)
    expect(verdict.go.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 100 }, (_, index) => 4_901 + index))
    expect(verdict.missed).toBe(4_900)
    expect(verdict.lastMissed?.sequence).toBe(4_900)
  })
})

describe('late ticks of a cron timer', () => {
  const HOUR = 3_600_000_000
  const cron: Partial<LapsePolicy> = { missed: 'once', schedule: { kind: 'cron', expression: '0 9,10,18 * * *' } }
  const at = (hour: number, period: number): Due => ({
    sequence: hour,
    mono: hour * HOUR,
    wall: 0,
    period: period * HOUR,
  })
  const day = [at(9, 1), at(10, 8), at(18, 15)]

  it('are each judged by their own distance to the next tick', () => {
    const lapse = { count: 2, latest: day.slice(0, 2) }
    expect(judgeLapse(timer({ ...cron, missed: 'all' }), lapse, 10.4 * HOUR).go).toEqual(lapse.latest)
    expect(judgeLapse(timer(cron), lapse, 10.9 * HOUR)).toEqual({ go: [day[1]], missed: 1, lastMissed: day[0] })
    expect(judgeLapse(timer(cron), lapse, 11.1 * HOUR)).toEqual({ go: [], missed: 2, lastMissed: day[1] })
  })
})

describe('any late ticks', () => {
  it('are each either missed or go on, in order and never more than 100', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MISSED_POLICIES),
        fc.integer({ min: 1, max: 1_000 }),
        fc.nat(500_000),
        fc.option(fc.nat(200_000), { nil: undefined }),
        (missed, interval, later, startDeadline) => {
          const grid = gridFrom(START, interval)
          const first = firstDue(grid, START, false)!
          const now = first.mono + later
          const lapse = grid.lapsed(first, now, 0)
          const policy = timer({ missed, ...(startDeadline !== undefined && { startDeadline }) })
          const { go, missed: given, lastMissed } = judgeLapse(policy, lapse, now)
          expect(go.length + given).toBe(lapse.count)
          expect(go.length).toBeLessThanOrEqual(missed === 'all' ? MOST_MADE_UP : 1)
          expect(go).toEqual([...go].sort((a, b) => a.sequence - b.sequence))
          expect(lastMissed === undefined).toBe(given === 0)
          if (go.length > 0) expect(go.at(-1)).toBe(lapse.latest.at(-1))
          const latest = startDeadline ?? (missed === 'all' ? 100 * interval : interval)
          for (const due of go) expect(now - due.mono).toBeLessThanOrEqual(latest)
        },
      ),
      fuzz(500),
    )
  })
})
