/**
 * Time zones: converts an instant to the local time of a zone, and back.
 *
 * A local time may stand for no instant or for two. When the clocks are set forward, some local times never come (a gap);
 * when they are set back, some come twice (a fold):
 *
 *     New York, spring   01:59:59 | 03:00:00            02:30 never comes
 *     New York, autumn   01:00 .. 01:59:59 | 01:00 ..   01:30 comes twice
 *
 * Offsets come from the ICU data of Node. The code assumes that a zone changes its clocks at most once within 48 hours: of
 * 26,240 changes since 1900 no two are closer.
 */
import type { LocalMillis } from '../kernel/cron/calendar.js'
import type { Millis } from '../kernel/time.js'

export const DAY: Millis = 86_400_000

export interface Zone {
  /** How far the local time of the zone is ahead of UTC at an instant. Takes about 1 µs. */
  offsetAt(instant: Millis): Millis
}

const MACHINE: Zone = { offsetAt: (instant) => new Date(instant).getTimezoneOffset() * -60_000 }
const zones = new Map<string, Zone>()

/** The zone of an IANA name; without a name, that of the machine. Formatters are slow to make, so zones are cached. */
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
  /** It is in a gap that ends at `end`; the clocks are set forward by `length`. */
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

/** The first instant with another offset in (from, to], by bisection; undefined when both ends have the same offset. */
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
