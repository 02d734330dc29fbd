import { describe, expect, it } from 'vitest'
import { type CronCalendar, parseCron } from '../../src/kernel/cron/calendar.js'
import { cronProblem } from '../../src/kernel/cron/check-cron.js'
import { timezoneProblem } from '../../src/kernel/cron/time-zone.js'
import { DefinitionError } from '../../src/kernel/errors.js'

const NOW = Date.UTC(2026, 0, 5)
const problemOf = (expression: string, timezone?: string) => cronProblem(expression, timezone, NOW)

/** The next occurrences after 2026-01-05 00:00 of local time, to the minute. */
function next(calendar: CronCalendar, count: number): string[] {
  const found: string[] = []
  for (let time = calendar.next(NOW); time !== undefined && found.length < count; time = calendar.next(time)) {
    found.push(new Date(time).toISOString().slice(0, 16))
  }
  return found
}

describe('cronProblem of a valid expression', () => {
  it.each(['* * * * *', '*/5 * * * * *', '0 0 29 2 *', '0 0 0 1 1 * 2099', '0 18 * * mon-fri', '0 0 LW * *', '@daily'])(
    'cronProblem accepts %s',
    (expression) => {
      expect(problemOf(expression)).toBeUndefined()
      expect(problemOf(expression, 'Europe/Paris')).toBeUndefined()
    },
  )
})

describe('cronProblem of a malformed expression', () => {
  it.each([
    ['61 * * * *', 'the minute must be 0 to 59, got 61'],
    ['0 24 * * *', 'the hour must be 0 to 23, got 24'],
    ['* * 0 * *', 'the day of the month must be 1 to 31, got 0'],
    ['0 0 1 13 *', 'the month must be 1 to 12, got 13'],
    ['0 0 1 0-5 *', 'the month must be 1 to 12, got 0 in "0-5"'],
    ['0 0 * * 8', 'the weekday must be 0 to 7, got 8'],
    ['0 0 * January *', 'the month must be 1 to 12 or JAN to DEC, got "January"'],
    ['0 0 * * FOO', 'the weekday must be 0 to 7 or SUN to SAT, got "FOO"'],
    ['0 0 * * SUM', 'did you mean "SUN"?'],
    ['0 0 * * 1#6', 'a weekday comes 1 to 5 times a month, or last (L), got "1#6"'],
    ['0 0 L-31 * *', 'L-n must count 1 to 30 days back'],
    ['0 0 1,,2 * *', 'an empty item'],
    ['*/0 * * * *', 'the step of the minute must be a whole number above 0, got "*/0"'],
    ['5/x * * * *', 'the step of the minute must be a whole number above 0'],
    ['0 0 0 1 1 * 2030-2020', 'the years "2030-2020" run backwards'],
    ['* * *', 'it has 3 fields'],
    ['* * * * * * * *', 'it has 8 fields'],
    ['', 'it has 0 fields'],
    ['@reboot', 'there is no nickname "@reboot"'],
    ['2030-01-01T00:00:00', 'it has 1 field'],
  ])('cronProblem says for %j what was expected, what was given and what is wrong', (expression, detail) => {
    const problem = problemOf(expression)
    expect(problem).toMatch(/^expected a cron expression of 5 fields \(minute hour day month weekday\), 6/)
    expect(problem).toContain(`got ${JSON.stringify(expression)}: `)
    expect(problem).toContain(detail)
  })

  it('parseCron throws the result of cronProblem as a DefinitionError', () => {
    expect(() => parseCron('61 * * * *')).toThrow(DefinitionError)
    expect(() => parseCron('61 * * * *')).toThrow(expect.objectContaining({ code: 'ERR_CRON' }))
  })
})

describe('cronProblem of an expression without a future occurrence', () => {
  it.each([
    '0 0 30 2 *',
    '0 0 31 4,6,9,11 *',
    '0 0 30W 2 *',
    '0 0 0 29 2 * 2100',
    '* * * 31 * +1#1',
    '0 0 0 1 1 * 2020',
    '0 0 0 L-29 2 * 2100',
  ])('cronProblem refuses %s, which has no future occurrence', (expression) => {
    expect(problemOf(expression)).toBe(
      `expected a cron expression with a future occurrence, but no date from 2026-01-05 on matches ${JSON.stringify(expression)}`,
    )
  })
})

describe('cronProblem with an unknown time zone', () => {
  it.each(['Mars/Olympus', '', '+02:00', '-05:00', 'Europe/Paris '])(
    'cronProblem says for the time zone %j what was expected',
    (timezone) => {
      const problem = problemOf('* * * * *', timezone)
      expect(problem).toContain('expected the IANA name of a time zone such as "Europe/Paris"')
      expect(problem).toContain(`got ${JSON.stringify(timezone)}`)
      expect(problem).toBe(timezoneProblem(timezone))
    },
  )

  it('cronProblem suggests a time zone with a similar name', () => {
    expect(timezoneProblem('Europe/Pari')).toContain('did you mean "Europe/Paris"?')
  })

  it.each(['UTC', 'Etc/GMT+5', 'America/Argentina/Buenos_Aires', 'europe/paris'])(
    'cronProblem accepts the time zone %s',
    (timezone) => {
      expect(timezoneProblem(timezone)).toBeUndefined()
    },
  )
})

describe('timezoneProblem of an abbreviation', () => {
  it.each([
    ['BST', '"Europe/London"'],
    ['AST', '"America/Halifax"'],
    ['SST', '"Pacific/Pago_Pago"'],
    ['EST', '"America/New_York"'],
    ['nst', '"America/St_Johns"'],
    ['IST', '"Asia/Kolkata"'],
    ['PST8PDT', '"America/Los_Angeles"'],
  ])('timezoneProblem refuses the abbreviation %s and suggests names', (timezone, meant) => {
    expect(timezoneProblem(timezone)).toContain(`the abbreviation has several meanings; write ${meant}`)
  })

  it.each(['ACT', 'VST', 'CNT', 'XYZ', 'MIT'])(
    'timezoneProblem refuses the abbreviation %s, whether the platform knows it or not',
    (timezone) => {
      expect(timezoneProblem(timezone)).toContain('expected the IANA name of a time zone')
    },
  )

  it.each(['UTC', 'GMT', 'CET', 'EET', 'MET', 'WET', 'Japan', 'Cuba', 'NZ'])(
    'timezoneProblem accepts %s, which has one meaning',
    (timezone) => {
      expect(timezoneProblem(timezone)).toBeUndefined()
    },
  )
})

describe('parseCron of a range or step that croner refuses', () => {
  it.each([
    [
      '0 22-2 * * *',
      ['2026-01-05T01:00', '2026-01-05T02:00', '2026-01-05T22:00', '2026-01-05T23:00', '2026-01-06T00:00'],
    ],
    ['0 22-2/2 * * *', ['2026-01-05T02:00', '2026-01-05T22:00', '2026-01-06T00:00']],
    ['50-10/10 9 * * *', ['2026-01-05T09:00', '2026-01-05T09:10', '2026-01-05T09:50']],
    ['5/10 * * * *', ['2026-01-05T00:05', '2026-01-05T00:15', '2026-01-05T00:25']],
    [
      '0 0 * * FRI-MON',
      ['2026-01-09T00:00', '2026-01-10T00:00', '2026-01-11T00:00', '2026-01-12T00:00', '2026-01-16T00:00'],
    ],
    ['0 0 * * sat-sun', ['2026-01-10T00:00', '2026-01-11T00:00', '2026-01-17T00:00']],
    ['0 0 * * 5-7', ['2026-01-09T00:00', '2026-01-10T00:00', '2026-01-11T00:00']],
    ['0 0 * * 0-7', ['2026-01-06T00:00', '2026-01-07T00:00', '2026-01-08T00:00']],
    ['0 0 1 nov-feb *', ['2026-02-01T00:00', '2026-11-01T00:00', '2026-12-01T00:00', '2027-01-01T00:00']],
    [
      '0 0 30-2 * *',
      ['2026-01-30T00:00', '2026-01-31T00:00', '2026-02-01T00:00', '2026-02-02T00:00', '2026-03-01T00:00'],
    ],
  ])('parseCron reads %s, which croner refuses', (expression, times) => {
    expect(next(parseCron(expression), times.length)).toEqual(times)
  })
})

describe('parseCron of days before the last day of the month', () => {
  it.each([
    ['0 0 L-3 * *', ['2026-01-28', '2026-02-25', '2026-03-28', '2026-04-27']],
    ['0 0 L-1 2 *', ['2026-02-27', '2027-02-27', '2028-02-28', '2029-02-27']],
    ['0 0 L-29 * *', ['2026-03-02', '2026-04-01', '2026-05-02', '2026-06-01']],
    ['0 0 1,L-3 * *', ['2026-01-28', '2026-02-01', '2026-02-25', '2026-03-01']],
    ['0 0 L-3,L-1 * *', ['2026-01-28', '2026-01-30', '2026-02-25', '2026-02-27']],
    // Day and weekday are alternatives, unless joined by a plus.
    ['0 0 L-3 * 5', ['2026-01-09', '2026-01-16', '2026-01-23', '2026-01-28', '2026-01-30']],
    ['0 0 L-3 * +5', ['2026-08-28', '2026-11-27', '2027-05-28']],
    ['0 0 L-3 2-4 *', ['2026-02-25', '2026-03-28', '2026-04-27', '2027-02-25']],
  ])('parseCron reads %s by the length of each month', (expression, days) => {
    expect(next(parseCron(expression), days.length)).toEqual(days.map((day) => `${day}T00:00`))
  })
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
    ['0 22-2 * * *', true],
    ['5/10 2 * * *', false],
    ['0 0 L-3 * *', true],
  ])('CronCalendar.isFixedTime of %s is %s', (expression, isFixedTime) => {
    expect(parseCron(expression).isFixedTime).toBe(isFixedTime)
  })
})

describe('CronCalendar.next', () => {
  it('CronCalendar.next returns the next local time, strictly later, in whole seconds', () => {
    const calendar = parseCron('0 0 12 * * *')
    expect(calendar.next(Date.parse('2026-01-01T11:59:59.999Z'))).toBe(Date.parse('2026-01-01T12:00Z'))
    expect(calendar.next(Date.parse('2026-01-01T12:00Z'))).toBe(Date.parse('2026-01-02T12:00Z'))
  })

  it('CronCalendar.next ignores gaps and folds of local time', () => {
    const calendar = parseCron('30 2 * * *')
    expect(calendar.next(Date.parse('2026-03-08T00:00Z'))).toBe(Date.parse('2026-03-08T02:30Z'))
  })

  it('CronCalendar.next takes day and weekday as alternatives, unless a plus joins them', () => {
    const friday13 = Date.parse('2026-02-13T00:00Z')
    expect(parseCron('0 0 13 * 5').next(Date.parse('2026-02-01T00:00Z'))).toBe(Date.parse('2026-02-06T00:00Z'))
    expect(parseCron('0 0 13 * +5').next(Date.parse('2026-02-01T00:00Z'))).toBe(friday13)
  })

  it('CronCalendar.next returns undefined after the last date', () => {
    expect(parseCron('0 0 0 1 1 * 2020').next(Date.parse('2026-01-01T00:00Z'))).toBeUndefined()
  })
})
