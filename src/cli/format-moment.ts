/** Formats moments for people. */
import type { Millis } from '../kernel/time.js'

/** As local time with its offset, `2026-03-29 02:30:00 +02:00`; milliseconds only where there are some. */
export function formatMoment(wall: Millis, offset: Millis): string {
  const local = new Date(wall + offset)
    .toISOString()
    .replace('T', ' ')
    .replace(/(\.000)?Z$/, '')
  const sign = offset < 0 ? '-' : '+'
  return `${local} ${sign}${formatMinutes(Math.abs(Math.trunc(offset / 60_000)))}`
}

/** Minutes as `HH:MM`. */
export function formatMinutes(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}
