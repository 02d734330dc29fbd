/** The occurrences that croner and cron-parser find, for comparison with ours. */
import { CronExpressionParser } from 'cron-parser'
import { Cron } from 'croner'
import { Occurrences } from '../../src/schedule/occurrences.js'

export const COUNT = 20

/** The next occurrences in UTC, fewer when there are no more; undefined when the expression is refused. */
export type Reading = (expression: string, after: number) => readonly number[] | undefined

export const ours: Reading = (expression, after) =>
  attempt(() => {
    const occurrences = new Occurrences(expression, 'UTC')
    return collect(after, (at) => occurrences.next(at))
  })

export const croner: Reading = (expression, after) =>
  attempt(() => {
    const cron = new Cron(expression, { timezone: 'UTC', paused: true })
    return collect(after, (at) => cron.nextRun(new Date(at))?.getTime())
  })

export const cronParser: Reading = (expression, after) =>
  attempt(() => {
    const parsed = CronExpressionParser.parse(expression, { currentDate: new Date(after), tz: 'UTC' })
    return collect(after, () => parsed.next().getTime())
  })

function collect(after: number, next: (at: number) => number | undefined): number[] {
  const found: number[] = []
  for (let at: number | undefined = after; found.length < COUNT; found.push(at)) {
    at = next(at)
    if (at === undefined) break
  }
  return found
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
