/** Says of a due moment what a change of the clocks of its time zone does to it. */
import { type LocalMillis, parseCron } from '../../kernel/cron/calendar.js'
import { machineZone, machineZoneName } from '../../kernel/cron/machine-zone.js'
import type { Schedule } from '../../kernel/definitions.js'
import { formatSpan, type Millis, microsFromMillis } from '../../kernel/time.js'
import { changeBetween, DAY, locate, type Zone, zoneOf } from '../zone.js'

/** Changes of the clocks that lie further apart from the due moment before are not looked for. */
const LONGEST_LOOK: Millis = 2 * DAY

/** Returns a function that is given the due moments of a timer in their order, and returns a note about each, or undefined. */
export function clockNotes(schedule: Schedule): (wall: Millis) => string | undefined {
  if (schedule.kind !== 'cron' && !(schedule.kind === 'anchored' && 'days' in schedule.step)) return () => undefined
  const zone = zoneOf(schedule.timezone)
  const name = schedule.timezone ?? machineZoneName(machineZone())
  const wanted = schedule.kind === 'cron' ? cronTimes(schedule.expression) : dailyTime(schedule.from)
  let before: Millis | undefined
  return (wall) => {
    const note = noteOf(wall, before, zone, name, wanted)
    before = wall
    return note
  }
}

/** The local times that a schedule names. */
interface WantedTimes {
  readonly isFixedTime: boolean
  includes(local: LocalMillis): boolean
  /** The last local time that it names in [from, before); undefined when it names none there. */
  lastIn(from: LocalMillis, before: LocalMillis): LocalMillis | undefined
}

function cronTimes(expression: string): WantedTimes {
  const calendar = parseCron(expression)
  return {
    isFixedTime: calendar.isFixedTime,
    includes: (local) => calendar.next(local - 1) === local,
    lastIn(from, before) {
      let last: LocalMillis | undefined
      for (let next = calendar.next(from - 1); next !== undefined && next < before; next = calendar.next(next)) {
        last = next
      }
      return last
    },
  }
}

function dailyTime(from: string): WantedTimes {
  const timeOfDay = ((Date.parse(`${from}Z`) % DAY) + DAY) % DAY
  const includes = (local: LocalMillis) => (local - timeOfDay) % DAY === 0
  return {
    isFixedTime: true,
    includes,
    lastIn(start, before) {
      const last = Math.floor((before - 1 - timeOfDay) / DAY) * DAY + timeOfDay
      return last >= start ? last : undefined
    },
  }
}

function noteOf(
  wall: Millis,
  before: Millis | undefined,
  zone: Zone,
  name: string,
  wanted: WantedTimes,
): string | undefined {
  const local = wall + zone.offsetAt(wall)
  const gap = zone.offsetAt(wall) - zone.offsetAt(wall - 1)
  if (wanted.isFixedTime && gap > 0 && !wanted.includes(local)) {
    const missing = wanted.lastIn(local - gap, local)
    if (missing !== undefined) {
      return `${timeOf(missing)} does not exist on this day (the clocks of ${name} go forward): due at ${timeOf(local)} instead`
    }
  }
  const place = locate(zone, local)
  if (place.comes === 'twice') {
    const twice = `${timeOf(local)} comes twice on this day (the clocks of ${name} go back)`
    if (wanted.isFixedTime) return `${twice}: due the first time only`
    return `${twice}: this is the ${wall === place.first ? 'first' : 'second'} time`
  }
  if (before === undefined || wall - before > LONGEST_LOOK) return undefined
  const change = changeBetween(zone, before, wall)
  if (change === undefined) return undefined
  const by = zone.offsetAt(change) - zone.offsetAt(change - 1)
  const span = formatSpan(microsFromMillis(Math.abs(by)))
  return `the clocks of ${name} go ${by > 0 ? 'forward' : 'back'} by ${span} before this tick`
}

/** A local time as `02:30`, or `02:30:15`. */
function timeOf(local: LocalMillis): string {
  return new Date(local).toISOString().slice(11, 19).replace(/:00$/, '')
}
