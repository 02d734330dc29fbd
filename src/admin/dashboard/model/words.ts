/** Spans and moments in words. */

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `85 us`, `3.2 ms`, `1.5 s`, `2 min 5 s`, `3 h 12 min`, `4 d 1 h`. */
export function spanText(ms: number): string {
  if (ms < 0) return `-${spanText(-ms)}`
  if (ms < 0.9995) return `${Math.round(ms * 1_000)} us`
  if (ms < 999.5) return `${significant(ms)} ms`
  if (ms < MINUTE - 500) return `${significant(ms / SECOND)} s`
  const seconds = Math.round(ms / SECOND) * SECOND
  if (seconds < HOUR) return inTwo(seconds, MINUTE, 'min', SECOND, 's')
  const minutes = Math.round(ms / MINUTE) * MINUTE
  return minutes < DAY ? inTwo(minutes, HOUR, 'h', MINUTE, 'min') : inTwo(minutes, DAY, 'd', HOUR, 'h')
}

function significant(value: number): string {
  return String(value < 10 ? Math.round(value * 10) / 10 : Math.round(value))
}

function inTwo(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % big) / small)
  return `${Math.floor(ms / big)} ${bigName}${rest > 0 ? ` ${rest} ${smallName}` : ''}`
}

/** `in 42 s`, `3 min ago`, `now`: whole seconds. */
export function relativeText(at: number, now: number): string {
  const seconds = Math.trunc((at - now) / SECOND) * SECOND
  if (seconds === 0) return 'now'
  return seconds > 0 ? `in ${spanText(seconds)}` : `${spanText(-seconds)} ago`
}

/** `2026-11-27 07:25:12.034 UTC`, in the zone, or in the zone of this machine. */
export function momentText(at: number, zone?: string): string {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  )
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? ''
  const millis = String(Math.floor(((at % SECOND) + SECOND) % SECOND)).padStart(3, '0')
  const day = `${part('year')}-${part('month')}-${part('day')}`
  return `${day} ${part('hour')}:${part('minute')}:${part('second')}.${millis} ${part('timeZoneName')}`
}

const formats = new Map<string | undefined, Intl.DateTimeFormat>()

/** Making a format takes longer than using it. */
function formatOf(zone: string | undefined): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  })
  formats.set(zone, made)
  return made
}

/** `1 tick`, `3 ticks`. */
export function amount(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`
}

/** `timed_out` -> `timed out`. */
export function plainWord(word: string): string {
  return word.replaceAll('_', ' ')
}
