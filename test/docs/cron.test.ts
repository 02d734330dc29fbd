import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseStep } from '../../src/define/options/durations.js'
import { parseLocalTime } from '../../src/define/options/local-time.js'
import { anchoredTimes } from '../../src/schedule/anchored-times.js'
import { Occurrences } from '../../src/schedule/occurrences.js'

const PAGE = readFileSync(new URL('../../docs/cron.md', import.meta.url), 'utf8')

/** The table rows whose first cell is an expression and whose last cell lists times. */
const ROWS = PAGE.split('\n').flatMap((line) => {
  const cells = line.split('|').map((cell) => cell.trim())
  const expression = /^`(.+ .+|@\w+)`$/.exec(cells[1] ?? '')?.[1]
  const times = cells.at(-2)?.match(/\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?/g)
  return expression && times ? [{ expression, times: [...times] }] : []
})

/** Rows about intervals from a date. */
const STEPS = [...PAGE.matchAll(/^\| `(\w+)` \| `([\dT:-]+)` \| (.+) \|$/gm)].map(([, interval, from, times]) => ({
  interval,
  from,
  times: times!.split(', '),
}))

/** Formats a local time in a zone as the page does. */
function shown(instant: number, timezone: string, withSeconds: boolean): string {
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: withSeconds ? 'medium' : 'short',
  })
  return text.format(instant)
}

/** The tables about clock changes are about these days in Paris. */
const CHANGES: Readonly<Record<string, string>> = {
  '2026-03-29': '2026-03-28T23:59Z',
  '2026-10-25': '2026-10-24T23:59Z',
}

describe('docs/cron.md', () => {
  it('docs/cron.md has table rows to test', () => {
    expect(ROWS.length).toBeGreaterThan(30)
  })

  it.each(ROWS)('docs/cron.md lists the times at which $expression occurs', ({ expression, times }) => {
    const change = CHANGES[times[0]!.slice(0, 10)]
    const timezone = change === undefined ? 'UTC' : 'Europe/Paris'
    const occurrences = new Occurrences(expression, timezone)
    const found: string[] = []
    let at = Date.parse(change ?? '2026-01-05T00:00Z')
    // A row about the second of two equal hours begins in the middle of the day.
    while (found.length < times.length) {
      const next = occurrences.next(at)
      if (next === undefined) break
      at = next
      const text = shown(next, timezone, times[0]!.length > 16)
      if (found.length > 0 || text === times[0]) found.push(text)
    }
    expect(found).toEqual(times)
  })

  it.each(STEPS)(
    'docs/cron.md lists the times at which every $interval from $from is due',
    ({ interval, from, times }) => {
      const step = parseStep(interval)
      const local = parseLocalTime(from)
      if ('problem' in step || 'problem' in local) throw new Error('a row of docs/cron.md is refused')
      const timezone = 'Europe/Paris'
      const moments = anchoredTimes({ kind: 'anchored', from: local.value, step: step.value, timezone })
      const found: string[] = []
      for (
        let at = Date.parse('2026-03-19T22:59:59Z');
        found.length < times.length;
        found.push(shown(at, timezone, false))
      )
        at = moments.next(at)!
      expect(found).toEqual(times)
    },
  )

  it('docs/cron.md has rows about intervals from a date', () => {
    expect(STEPS.length).toBeGreaterThan(4)
  })
})
