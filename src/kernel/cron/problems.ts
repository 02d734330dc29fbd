import { show } from '../suggest.js'

const FORM = '5 fields (minute hour day month weekday), 6 (seconds first) or 7 (year last)'

/** The message for an expression that cannot be read; `detail` names the part that is wrong. */
export function malformed(expression: string, detail: string): string {
  return `expected a cron expression of ${FORM}, got ${show(expression)}: ${detail}`
}
