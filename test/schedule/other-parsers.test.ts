/**
 * Our occurrences against those of croner and of cron-parser, in UTC.
 *
 * The expressions cover what the test suites of both cover: every kind of item in every field, lists, ranges, steps, names in
 * any case, blanks, nicknames, days from the end, n-th and last weekdays, day and weekday together, leap days, dates that never
 * come, and malformed text. They are our own.
 */
import { describe, expect, it } from 'vitest'
import { COUNT, croner, cronParser, ours } from './other-parsers.js'

const FIELDS = [
  {
    items: ['*', '7', '59', '0', '*/13', '12-19', '21-44/9', '3,17,50', '8-11,40-43', '4/25', '0,*/20', '1-1', '?'],
    at: 0,
  },
  { items: ['*', '0', '34', '*/7', '*/45', '10-14', '0-59/11', '2,2,58', '5-8,30-50/10', '6/14', '*/1', '?'], at: 1 },
  { items: ['*', '0', '23', '*/5', '*/23', '6-10', '7-21/4', '1,13,22', '3-4,18-20/2', '9/6', '0-23', '?'], at: 2 },
  {
    items: ['*', '1', '29', '30', '31', '*/9', '5-9', '2-28/8', '11,29', '1-3,24-30/3', '8/10', 'L', '4,L', '?'],
    at: 3,
  },
  {
    items: ['*', '1', '2', '12', '*/5', '3-7', '2-12/3', '2,9,11', '6/4', 'apr', 'FEB,Nov', 'jun-AUG', 'Jan-Dec/2'],
    at: 4,
  },
  {
    items: [
      '*',
      '0',
      '7',
      '4',
      '1-5',
      '2-6/2',
      '1,3,6',
      'thu',
      'MON,wed',
      'Tue-Sat',
      '0,7',
      '5-7',
      '3#2',
      '2#5',
      '6L',
      '?',
    ],
    at: 5,
  },
] as const

/** The expression at midnight of every day with one field replaced, and the expression of every second with it. */
const SYSTEMATIC = FIELDS.flatMap(({ items, at }) =>
  items.flatMap((item) => [
    ['0', '0', '0', '*', '*', '*'].with(at, item).join(' '),
    ['*', '*', '*', '*', '*', '*'].with(at, item).join(' '),
  ]),
)

const FIVE_FIELDS = [
  ...[
    '* * * * *',
    '17 * * * *',
    '25 6 * * *',
    '40 5-22/3 * * *',
    '0,20,40 8-18 * * 1-5',
    '59 23 31 12 *',
    '0 0 29 2 *',
  ],
  ...['5 4 1,15 * *', '12 3 28-31 * *', '0 0 31 * *', '0 0 30 4,6,9,11 *', '33 11 * 7-9 sat,sun', '1 1 1 1 1'],
  ...['15 14 L * *', '15 14 L 2 *', '0 7 1,L 6-8 *', '45 23 * * 7', '0 6 * * fri', '10 10 10 10 *', '*/59 * * * *'],
  ...[
    '0 */23 * * *',
    '0 0 */30 * *',
    '0 0 * */11 *',
    '0 0 1-7 * *',
    '  5   5  *  *  *  ',
    '5\t5\t*\t*\t*',
    '30 2 29 2 0',
  ],
]

const TOGETHER = [
  ...[
    '0 0 13 * 5',
    '0 0 1 * 1',
    '30 6 1-7 * 6',
    '0 12 15 3 3',
    '0 0 29 2 4',
    '0 0 31 * 0',
    '0 9 */10 * 1-5',
    '0 0 L * 1',
  ],
  ...[
    '0 0 31 2 3',
    '0 0 30 2 1-5',
    '0 0 10 * ?',
    '0 0 ? * 2',
    '0 0 1-31 * 2',
    '0 0 5 * 0-6',
    '0 0 5 * */1',
    '0 0 */1 * 2',
  ],
  ...['0 0 * * 1,2', '0 0 13 * +5', '0 0 1 * +MON', '0 0 8-14 * +2,4'],
]

const NTH = [
  ...[
    '0 0 * * 1#1',
    '0 0 * * 5#4',
    '0 0 * * 0#5',
    '0 8 * 3 2#2',
    '0 0 * * 4L',
    '0 0 * * 0L',
    '0 0 * 2 3L',
    '0 0 1 * 6#3',
  ],
  ...['0 0 ? 5 0#2', '0 0 * * SUN#1', '0 0 * * FRIL', '0 0 * * 7#2', '0 0 * * 7L'],
]

const NEAREST_WEEKDAY = ['0 0 15W * *', '0 0 1W * *', '0 0 31W * *', '0 0 LW * *', '0 0 1W,15 8 *']

/** A value and a step, in every field; in the weekday field the end of the field matters. */
const FROM_A_VALUE = ['0 0 * * 1/2', '0 0 * * 4/3', '0 0 * * 2/3', '0 0 20/5 * *', '0 0 1 3/4 *', '50/4 23/1 * * *']

const HASHED = ['H * * * *', 'H(10-20) H * * *', '0 H/6 * * *']

const NICKNAMES = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly', '@DAILY']

const MALFORMED = [
  ...['', '*', '* * *', 'a * * * *', '* 24 * * *', '60 * * * *', '* * 0 * *', '* * 32 * *', '* * * 13 *', '* * * 0 *'],
  ...[
    '* * * * 8',
    '*/0 * * * *',
    '5-2/0 * * * *',
    '1,,2 * * * *',
    ',1 * * * *',
    '1, * * * *',
    '1- * * * *',
    '-1 * * * *',
  ],
  ...[
    '*/a * * * *',
    '1/2/3 * * * *',
    '*5 * * * *',
    '5* * * * *',
    '! * * * *',
    '1.5 * * * *',
    '* * * foo *',
    '* * * * bar',
  ],
  ...['* * * * 1#6', '* * * * 1#0', '@never', '* * * * * * * *', '0 0 L-L * *', 'L * * * *', '0 0 1W-5 * *'],
]

const EXPRESSIONS = [
  ...new Set([
    ...SYSTEMATIC,
    ...FIVE_FIELDS,
    ...TOGETHER,
    ...NTH,
    ...NEAREST_WEEKDAY,
    ...FROM_A_VALUE,
    ...HASHED,
    ...NICKNAMES,
    ...MALFORMED,
  ]),
]

/** Before a leap day, at the end of a year, in the middle of everything, and exactly on an occurrence of many. */
const STARTS = ['2024-02-28T22:59:58Z', '2026-12-31T23:59:59Z', '2027-06-15T11:22:33Z', '2028-01-01T00:00:00Z'].map(
  Date.parse,
)

/** Expressions that occur at other times here, and why. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  '0 0 5 * */1':
    'a weekday of */1 is every weekday and restricts nothing, as in the cron of Vixie: the 5th alone counts. To both others it is a restriction that every day meets.',
  '0 0 */1 * 2':
    'a day of */1 is every day and restricts nothing, as in the cron of Vixie: Tuesday alone counts. To both others it is a restriction that every day meets.',
  '0 0 * * 1/2':
    'cron-parser counts weekdays to 7, so its steps from a value can end on Sunday; here they end on Saturday, as the values 0 to 6 do.',
  '0 0 * * 4/3':
    'cron-parser counts weekdays to 7, so its steps from a value can end on Sunday; here they end on Saturday, as the values 0 to 6 do.',
}

/** Expressions that one of the others takes and that are refused here, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  '': 'cron-parser fills in missing fields: a mistake would tick every minute',
  '*': 'cron-parser fills in missing fields: a mistake would tick every minute',
  '* * *': 'cron-parser fills in missing fields: a mistake would tick every minute',
  'H * * * *': 'a hash needs a name: here the option jitter or spread does that',
  'H(10-20) H * * *': 'a hash needs a name: here the option jitter or spread does that',
  '0 H/6 * * *': 'a hash needs a name: here the option jitter or spread does that',
}

const OTHERS = [
  ['croner', croner],
  ['cron-parser', cronParser],
] as const

/** Each expression with one of the others that takes it. */
const CASES = EXPRESSIONS.flatMap((expression) =>
  OTHERS.filter(([, read]) => read(expression, STARTS[0]!) !== undefined).map(([other, read]) => ({
    expression,
    other,
    read,
  })),
)

const find = (read: typeof ours, expression: string) => STARTS.map((start) => read(expression, start))

describe('the cron expressions of croner and cron-parser', () => {
  it('the list of expressions has many that both take, many that only one takes, and many that both refuse', () => {
    const takers = EXPRESSIONS.map((expression) => CASES.filter((other) => other.expression === expression).length)
    const count = (number: number) => takers.filter((taker) => taker === number).length
    expect(count(2)).toBeGreaterThan(190)
    expect(count(1)).toBeGreaterThan(20)
    expect(count(0)).toBeGreaterThan(25)
  })

  const same = CASES.filter(({ expression }) => !(expression in DIFFERENCES) && !(expression in REFUSED))
  it.each(same)('"$expression" has the same next 20 occurrences here and in $other', ({ expression, read }) => {
    expect(find(ours, expression)).toEqual(find(read, expression))
  })

  const different = CASES.filter(({ expression }) => expression in DIFFERENCES)
  it.each(different)(
    '"$expression" has other occurrences here than in $other, for a reason that is written here',
    ({ expression, read }) => {
      expect(find(ours, expression)).not.toEqual(find(read, expression))
      expect(ours(expression, STARTS[0]!)).toHaveLength(COUNT)
    },
  )

  const refused = CASES.filter(({ expression }) => expression in REFUSED)
  it.each(refused)(
    '"$expression" is refused here, though $other takes it, for a reason that is written here',
    ({ expression }) => {
      expect(ours(expression, STARTS[0]!)).toBeUndefined()
    },
  )

  it('what both others refuse is refused here, too', () => {
    const taken = CASES.map(({ expression }) => expression)
    const onlyHere = EXPRESSIONS.filter((expression) => !taken.includes(expression) && ours(expression, STARTS[0]!))
    expect(onlyHere).toEqual([])
  })

  it('a list of reasons has no expression that is not compared', () => {
    const compared = CASES.map(({ expression }) => expression)
    expect([...Object.keys(DIFFERENCES), ...Object.keys(REFUSED)].filter((text) => !compared.includes(text))).toEqual(
      [],
    )
  })
})
