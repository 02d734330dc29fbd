/** The fields of a cron expression: what each is called, which values it may have, and their names. */

export interface CronField {
  /** As messages name it. */
  readonly name: string
  readonly min: number
  readonly max: number
  /** Upper-case names of values. */
  readonly names: Readonly<Record<string, number>>
}

const numbered = (names: readonly string[], first: number) =>
  Object.fromEntries(names.map((name, index) => [name, first + index]))

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

export const SECOND: CronField = { name: 'second', min: 0, max: 59, names: {} }
export const MINUTE: CronField = { name: 'minute', min: 0, max: 59, names: {} }
export const HOUR: CronField = { name: 'hour', min: 0, max: 23, names: {} }
export const DAY: CronField = { name: 'day of the month', min: 1, max: 31, names: {} }
export const MONTH: CronField = { name: 'month', min: 1, max: 12, names: numbered(MONTHS, 1) }
/** 7 is Sunday too; ranges and steps count from 0 (Sunday) to 6 (Saturday). */
export const WEEKDAY: CronField = { name: 'weekday', min: 0, max: 6, names: numbered(WEEKDAYS, 0) }
export const YEAR: CronField = { name: 'year', min: 1, max: 9_999, names: {} }
