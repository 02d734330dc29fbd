/**
 * What the platform makes of the variable `TZ`.
 *
 * Names are case-sensitive there. A name that it does not know counts as UTC (or, when it looks like a POSIX rule, as a fixed
 * offset), and an abbreviation such as `BST` as Dhaka: both in silence.
 */
import { show } from '../suggest.js'
import { listOf, meaningsOf, similarTimezone } from './time-zone.js'

export interface MachineZone {
  /** The variable `TZ`; undefined when it is not set. */
  readonly variable: string | undefined
  /** The name of the zone that the platform uses; undefined when it knows none. */
  readonly name: string | undefined
  /** Minutes by which local time is behind UTC at present, as `Date.getTimezoneOffset()` returns them. */
  readonly offset: number
}

/** Reads `TZ`, and what the platform makes of it. */
export function machineZone(): MachineZone {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  return { variable: process.env.TZ, name: timeZone, offset: new Date().getTimezoneOffset() }
}

/** The name of the zone for people. */
export function machineZoneName({ name, offset }: MachineZone): string {
  if (name !== undefined && name !== 'Etc/Unknown') return name
  if (offset === 0) return 'UTC'
  const minutes = Math.abs(offset)
  const digits = (value: number) => String(value).padStart(2, '0')
  return `UTC${offset > 0 ? '-' : '+'}${digits(Math.floor(minutes / 60))}:${digits(minutes % 60)}`
}

const UTC = /^(Etc\/)?(UTC|GMT|UCT|Universal|Zulu|Greenwich)([+-]?0)?$/i
const FOLDER = /^.*\/zoneinfo\//

/** Describes in one sentence how `TZ` is misunderstood; undefined when it means what it says. */
export function machineZoneProblem(zone: MachineZone): string | undefined {
  const { variable, name } = zone
  const written = variable?.replace(/^:/, '') ?? ''
  if (written === '' || UTC.test(written)) return undefined
  const where = `the variable TZ is ${show(variable)}`
  const meant = meaningsOf(written)
  if (meant.length > 0 && /^[A-Z]+$/.test(written)) {
    return `${where}, which this platform takes for ${machineZoneName(zone)}: write ${listOf(meant)}`
  }
  const isKnown = name !== undefined && name !== 'Etc/Unknown' && !UTC.test(name)
  if (isKnown) return undefined
  return `${where}, which this platform does not know, so local time is ${machineZoneName(zone)}${similarTimezone(written.replace(FOLDER, ''))}`
}
