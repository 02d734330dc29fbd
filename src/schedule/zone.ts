/**
 * Time zones: from an instant to what the clocks there show, and back.
 *
 * The way back is not a function. When the clocks are put forward some local times never come (a gap), when they are
 * put back some come twice (a fold):
 *
 *     New York, spring   01:59:59 | 03:00:00            02:30 never comes
 *     New York, autumn   01:00 .. 01:59:59 | 01:00 ..   01:30 comes twice
 *
 * Offsets are those of the ICU data Node was built with. A zone is taken to change its clocks once within 48 hours at
 * the most: of 26,240 changes since 1900 none came closer to another.
 */
import type { LocalMillis } from '../kernel/cron-expression.js'
import type { Millis } from '../kernel/time.js'

export const DAY: Millis = 86_400_000

export interface Zone {
  /** How far the clocks of the zone are ahead of UTC at an instant. About 1 µs. */
  offsetAt(instant: Millis): Millis
}

const MACHINE: Zone = { offsetAt: (instant) => new Date(instant).getTimezoneOffset() * -60_000 }
const zones = new Map<string, Zone>()

/** The zone of an IANA name, the machine's own without one. Making a formatter is slow, so each is made once. */
export function zoneOf(timezone: string | undefined): Zone {
  if (timezone === undefined) return MACHINE
  let zone = zones.get(timezone)
  if (!zone) {
    zone = namedZone(timezone)
    zones.set(timezone, zone)
  }
  return zone
}

/** The end of a formatted date, e.g. `GMT-03:30`, `GMT-00:44:30` or plain `GMT`. */
const OFFSET = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/

function namedZone(timezone: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' })
  return {
    offsetAt(instant) {
      const [, sign, hours = 0, minutes = 0, seconds = 0] = OFFSET.exec(format.format(instant))!
      const size = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000
      return sign === '-' ? -size : size
    },
  }
}

/** Which instants a local time stands for. */
export type Location =
  | { readonly comes: 'once'; readonly at: Millis }
  | { readonly comes: 'twice'; readonly first: Millis; readonly second: Millis }
  /** It lies in a gap that ends at `end`; the clocks are put forward by `length`. */
  | { readonly comes: 'never'; readonly end: Millis; readonly length: Millis }

export function locate(zone: Zone, local: LocalMillis): Location {
  const before = zone.offsetAt(local - DAY)
  const after = zone.offsetAt(local + DAY)
  if (before === after) return { comes: 'once', at: local - after }
  const byOld = local - before
  const byNew = local - after
  const isOld = zone.offsetAt(byOld) === before
  const isNew = zone.offsetAt(byNew) === after
  if (isOld && isNew) return { comes: 'twice', first: byOld, second: byNew }
  if (isOld) return { comes: 'once', at: byOld }
  if (isNew) return { comes: 'once', at: byNew }
  return { comes: 'never', end: changeBetween(zone, local - DAY, local + DAY)!, length: after - before }
}

/** The first instant of another offset in (from, to], found by bisection; undefined when both ends have the same. */
export function changeBetween(zone: Zone, from: Millis, to: Millis): Millis | undefined {
  const offset = zone.offsetAt(from)
  if (zone.offsetAt(to) === offset) return undefined
  let low = Math.floor(from)
  let high = Math.ceil(to)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (zone.offsetAt(middle) === offset) low = middle
    else high = middle
  }
  return high
}
