import { describe, expect, it } from 'vitest'
import { cronProblem, parseCron, timezoneProblem } from '../../src/kernel/cron-expression.js'
import { DefinitionError } from '../../src/kernel/errors.js'

describe('cronProblem of a valid expression', () => {
  it.each(['* * * * *', '*/5 * * * * *', '0 0 29 2 *', '0 0 0 1 1 * 2099', '0 18 * * mon-fri', '0 0 LW * *', '@daily'])(
    'finds no problem in %s',
    (expression) => {
      expect(cronProblem(expression)).toBeUndefined()
      expect(cronProblem(expression, 'Europe/Paris')).toBeUndefined()
    },
  )
})

describe('cronProblem of a malformed expression', () => {
  it.each([
    ['61 * * * *', 'Invalid value for minute: 61'],
    ['* * *', 'exactly five, six, or seven'],
    ['* * * * * * * *', 'exactly five, six, or seven'],
    ['', 'exactly five, six, or seven'],
    ['0 0 * * FOO', 'illegal characters'],
    ['0 0 * * 1#6', 'nth weekday out of range'],
    ['5/5 * * * *', 'stepping with numeric prefix'],
    ['@reboot', 'not supported'],
    ['2030-01-01T00:00:00', 'exactly five, six, or seven'],
  ])('says for %j what was expected, what was given and what is wrong', (expression, detail) => {
    const problem = cronProblem(expression)
    expect(problem).toMatch(/^expected a cron expression of 5 fields \(minute hour day month weekday\), 6/)
    expect(problem).toContain(`got ${JSON.stringify(expression)}: `)
    expect(problem).toContain(detail)
  })

  it('is what parseCron throws, as a DefinitionError', () => {
    expect(() => parseCron('61 * * * *')).toThrow(DefinitionError)
    expect(() => parseCron('61 * * * *')).toThrow(expect.objectContaining({ code: 'ERR_CRON' }))
  })
})

describe('cronProblem of an expression without any date', () => {
  it.each(['0 0 30 2 *', '0 0 31 4,6,9,11 *', '0 0 30W 2 *', '0 0 0 29 2 * 2100', '* * * 31 * +1#1'])(
    'finds that %s never occurs, in finite time',
    (expression) => {
      const begun = performance.now()
      expect(cronProblem(expression)).toBe(
        `expected a cron expression with at least one date, but no date matches ${JSON.stringify(expression)}`,
      )
      // Generous: catches a search that does not end.
      expect(performance.now() - begun).toBeLessThan(30_000)
    },
  )
})

describe('cronProblem with an unknown time zone', () => {
  it.each(['Mars/Olympus', '', '+02:00', '-05:00', 'Europe/Paris '])('says for %j what was expected', (timezone) => {
    const problem = cronProblem('* * * * *', timezone)
    expect(problem).toContain('expected the IANA name of a time zone such as "Europe/Paris"')
    expect(problem).toContain(`got ${JSON.stringify(timezone)}`)
    expect(problem).toBe(timezoneProblem(timezone))
  })

  it('suggests the time zone of a similar name', () => {
    expect(timezoneProblem('Europe/Pari')).toContain('did you mean "Europe/Paris"?')
  })

  it.each(['UTC', 'Etc/GMT+5', 'America/Argentina/Buenos_Aires', 'europe/paris'])(
    'accepts the time zone %s',
    (timezone) => {
      expect(timezoneProblem(timezone)).toBeUndefined()
    },
  )
})

describe('CronCalendar.isFixedTime', () => {
  it.each([
    ['30 2 * * *', true],
    ['0,30 9-17 * * mon-fri', true],
    ['5 30 2 * * *', true],
    ['@daily', true],
    ['* 2 * * *', false],
    ['0 * * * *', false],
    ['0 */2 * * *', false],
    ['0-59/5 2 * * *', false],
    ['*/10 30 2 * * *', false],
    ['? 2 * * *', false],
  ])('of %s is %s', (expression, isFixedTime) => {
    expect(parseCron(expression).isFixedTime).toBe(isFixedTime)
  })
})

describe('CronCalendar.next', () => {
  it('returns the next local time, strictly later, in whole seconds', () => {
    const calendar = parseCron('0 0 12 * * *')
    expect(calendar.next(Date.parse('2026-01-01T11:59:59.999Z'))).toBe(Date.parse('2026-01-01T12:00Z'))
    expect(calendar.next(Date.parse('2026-01-01T12:00Z'))).toBe(Date.parse('2026-01-02T12:00Z'))
  })

  it('ignores gaps and folds', () => {
    const calendar = parseCron('30 2 * * *')
    expect(calendar.next(Date.parse('2026-03-08T00:00Z'))).toBe(Date.parse('2026-03-08T02:30Z'))
  })

  it('takes day and weekday as alternatives, unless a plus joins them', () => {
    const friday13 = Date.parse('2026-02-13T00:00Z')
    expect(parseCron('0 0 13 * 5').next(Date.parse('2026-02-01T00:00Z'))).toBe(Date.parse('2026-02-06T00:00Z'))
    expect(parseCron('0 0 13 * +5').next(Date.parse('2026-02-01T00:00Z'))).toBe(friday13)
  })

  it('returns undefined after the last date', () => {
    expect(parseCron('0 0 0 1 1 * 2020').next(Date.parse('2026-01-01T00:00Z'))).toBeUndefined()
  })
})
