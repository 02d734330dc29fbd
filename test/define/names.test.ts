/** Several timers of one method, each with a name. */
import { describe, expect, it } from 'vitest'
import { cron, service, timer } from '../../src/define/decorators.js'
import { defineService } from '../../src/define/define-service.js'
import { fromConfig } from '../../src/define/options/from-config.js'
import { entrypointsOf } from '../../src/define/service-source.js'
import type { IntervalSchedule } from '../../src/kernel/definitions.js'
import { importByEsbuild, MODES } from './compile.js'
import { type Anything, decorate, describeExports, problemsOf } from './support.js'

/** A service `jobs` whose method `report` has a timer for each of these options. */
function reportWith(...options: Anything[]) {
  class Jobs {
    report() {}
  }
  for (const given of options) decorate(Jobs, 'report', cron('0 9 * * *', given))
  service('jobs')(Jobs)
  return Jobs
}

const timersOf = (exports: Anything, settings = {}) => describeExports(exports, settings)[0]!.timers

describe('timers with names', () => {
  it.each(MODES)(
    'timers with names are told apart by their names, in the order in which they are written: %s decorators',
    async (mode) => {
      const module = await importByEsbuild(
        `import { cron, service, timer } from '../../../src/define/decorators.js'
      @service('jobs') export class Jobs {
        @cron('0 9 * * *', { name: 'morning', timezone: 'Europe/Paris' })
        @cron('0 18 * * 1-5', { name: 'evening', missed: 'skip', window: { days: 'mon' } })
        @timer('1h', { name: 'hourly', jitter: 1 })
        report() {}
        @timer(1) other() {}
      }`,
        mode,
      )
      const timers = timersOf(module)
      expect(timers.map(({ id, name, method }) => [id, name, method])).toEqual([
        ['jobs.report#morning', 'morning', 'report'],
        ['jobs.report#evening', 'evening', 'report'],
        ['jobs.report#hourly', 'hourly', 'report'],
        ['jobs.other', undefined, 'other'],
      ])
      expect(timers.map(({ schedule, missed, jitter }) => [schedule.kind, missed, jitter])).toEqual([
        ['cron', 'once', 0],
        ['cron', 'skip', 0],
        ['interval', 'skip', 1_000_000],
        ['interval', 'skip', 0],
      ])
      expect(timers.map(({ window }) => window?.days)).toEqual([undefined, ['mon'], undefined, undefined])
    },
  )

  it('timers with names have functions of their own', () => {
    const when = () => true
    const interval = () => 1
    class Jobs {
      report() {}
    }
    decorate(Jobs, 'report', timer(interval, { name: 'adaptive' }))
    decorate(Jobs, 'report', cron('0 9 * * *', { name: 'morning', when }))
    service('jobs')(Jobs)
    expect([...entrypointsOf(Jobs)]).toEqual([
      ['report#morning', { when }],
      ['report#adaptive', { interval }],
    ])
  })

  it('timers with names have shifts of their own', () => {
    class Jobs {
      report() {}
    }
    for (const name of ['a', 'b']) decorate(Jobs, 'report', timer('1m', { name, spread: true }))
    service('jobs')(Jobs)
    const [first, second] = timersOf({ Jobs }).map(({ schedule }) => (schedule as IntervalSchedule).shift)
    expect(first).not.toBe(second)
  })

  it('timers with names are a list in defineService, also beside a cron timer of the same method', () => {
    const jobs = defineService({
      name: 'jobs',
      create: () => ({ report() {}, other() {} }),
      timers: {
        report: [
          { interval: 60, name: 'often' },
          { interval: '1h', name: 'seldom' },
        ],
        other: { interval: 1 },
      },
      crons: { report: [{ expression: '0 9 * * *', name: 'morning' }] },
    })
    expect(timersOf({ jobs }).map(({ id }) => id)).toEqual([
      'jobs.report#often',
      'jobs.report#seldom',
      'jobs.other',
      'jobs.report#morning',
    ])
  })

  it('timers with names replace all timers that a base class gave the method', () => {
    class Base {
      report() {}
    }
    class Jobs extends Base {
      override report() {}
    }
    decorate(Base, 'report', cron('0 9 * * *', { name: 'morning' }))
    decorate(Base, 'report', cron('0 18 * * *', { name: 'evening' }))
    decorate(Jobs, 'report', cron('0 12 * * *', { name: 'noon' }))
    service('jobs')(Jobs)
    expect(timersOf({ Jobs }).map(({ id }) => id)).toEqual(['jobs.report#noon'])
  })

  it('timers with names may stand alone', () => {
    expect(timersOf({ Jobs: reportWith({ name: 'morning' }) })).toMatchObject([{ id: 'jobs.report#morning' }])
  })

  it('timers with names share a breaker whose default does not depend on their intervals', () => {
    class Jobs {
      report() {}
    }
    decorate(Jobs, 'report', timer('1h', { name: 'hourly', breaker: true }))
    decorate(Jobs, 'report', cron('0 9 * * *', { name: 'morning', breaker: true }))
    service('jobs')(Jobs)
    expect(timersOf({ Jobs }).map(({ breaker }) => (breaker === false ? 0 : breaker.reset))).toEqual([
      30_000_000, 30_000_000,
    ])
  })

  it.each([
    [
      [{ name: 'a' }, {}],
      'the method "report" has 2 timers, and 1 of them has no name: give each one its own, such as { name: \'morning\' }',
    ],
    [
      [undefined, undefined],
      'the method "report" has 2 timers, and none has a name: give each one its own, such as { name: \'morning\' }',
    ],
    [
      [{ name: 'a' }, { name: 'b' }, { name: 'a' }],
      'the method "report" has more than one timer named "a": give each timer its own name',
    ],
  ])('timers with names are refused on one method when names are missing or equal: %j', (options, problem) => {
    expect(problemsOf({ Jobs: reportWith(...options) })).toEqual([`jobs: ${problem}`])
  })

  it.each(['Morning', '9am', '', 'a b', 'a.b', 'a#b', 5, null])(
    'timers with names are refused when the name is %j',
    (name) => {
      expect(problemsOf({ Jobs: reportWith({ name }) })).toEqual([
        `jobs.report#${name}: option "name" must be a name of lower-case letters, digits, "_" and "-" that starts with a letter, such as "morning", got ${JSON.stringify(name)}`,
      ])
    },
  )

  it('timers with names cannot be named by the configuration, which the worker does not have when it looks for the functions', () => {
    const problems = problemsOf({ Jobs: reportWith({ name: fromConfig('NAME') }) }, { config: { NAME: 'a' } })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/option "name" cannot come from the configuration: it is a part of the id$/)
    expect(problemsOf({ Jobs: reportWith({}) }, { defaults: { name: 'a' } })).toEqual([
      'configuration: escapement.defaults: option "name" is not known: it belongs to one timer',
    ])
  })

  it.each([
    [{ overlap: 'wait' }, {}, 'overlap', '"skip"', '"wait"'],
    [{ overlap: 'allow', concurrency: 2 }, { overlap: 'allow' }, 'concurrency', '10', '2'],
    [{ timeout: '90s' }, {}, 'timeout', 'no limit', '1.5m'],
    [{ abortGrace: 2 }, {}, 'abortGrace', '1s', '2s'],
    [{ scope: 'leader' }, {}, 'scope', '"instance"', '"leader"'],
    [
      { retry: { attempts: 2 } },
      {},
      'retry',
      '{"attempts":1,"backoff":{"initial":"1s","factor":2,"max":"1m","jitter":0.2}}',
      '{"attempts":2,"backoff":{"initial":"1s","factor":2,"max":"1m","jitter":0.2}}',
    ],
    [{ breaker: true }, {}, 'breaker', 'false', '{"failures":5,"reset":"30s","factor":2,"max":"10m"}'],
  ])(
    'timers with names are refused when what belongs to the method differs: %j and %j',
    (second, first, option, one, other) => {
      // Decorators are called from the last to the first.
      const Jobs = reportWith({ name: 'evening', ...second }, { name: 'morning', ...first })
      expect(problemsOf({ Jobs })).toEqual([
        `jobs.report: option "${option}" must be equal for all timers of the method, but it is ${one} for "morning" and ${other} for "evening"`,
      ])
    },
  )
})
