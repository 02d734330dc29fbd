/**
 * Which names of time zones are taken.
 *
 * Abbreviations are refused, although the platform knows most of them: it takes BST for Dhaka, AST for Anchorage, SST for
 * Guadalcanal and EST for Panama, which is hardly ever what is meant. Those that mean one thing only stay, and so do
 * names of regions (`Europe/Paris`) and of countries (`Japan`).
 */
import { didYouMean, show } from '../suggest.js'

/** Abbreviations of one meaning. */
const UNAMBIGUOUS = ['UTC', 'GMT', 'CET', 'EET', 'MET', 'WET']

/** Countries and the like in the time zone database, as links for names of before 1993. */
const COUNTRIES = [
  ...['Cuba', 'Egypt', 'Eire', 'GB', 'GB-Eire', 'Greenwich', 'Hongkong', 'Iceland', 'Iran', 'Israel', 'Jamaica'],
  ...['Japan', 'Kwajalein', 'Libya', 'Navajo', 'NZ', 'NZ-CHAT', 'Poland', 'Portugal', 'PRC', 'ROC', 'ROK'],
  ...['Singapore', 'Turkey', 'Universal', 'W-SU', 'Zulu'],
]

/** What may be meant by an abbreviation. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  ACST: ['Australia/Darwin', 'Australia/Adelaide'],
  AEST: ['Australia/Brisbane', 'Australia/Sydney'],
  AEDT: ['Australia/Sydney'],
  AKST: ['America/Anchorage'],
  AST: ['America/Halifax', 'America/Puerto_Rico', 'Asia/Riyadh'],
  AWST: ['Australia/Perth'],
  BST: ['Europe/London', 'Asia/Dhaka'],
  CDT: ['America/Chicago'],
  CST: ['America/Chicago', 'Asia/Shanghai', 'America/Costa_Rica'],
  CST6CDT: ['America/Chicago'],
  CEST: ['Europe/Paris', 'Europe/Berlin'],
  EDT: ['America/New_York'],
  EEST: ['Europe/Athens', 'Europe/Helsinki'],
  EST: ['America/New_York', 'America/Panama'],
  EST5EDT: ['America/New_York'],
  HST: ['Pacific/Honolulu'],
  IST: ['Asia/Kolkata', 'Europe/Dublin', 'Asia/Jerusalem'],
  JST: ['Asia/Tokyo'],
  KST: ['Asia/Seoul'],
  MDT: ['America/Denver'],
  MSK: ['Europe/Moscow'],
  MST: ['America/Denver', 'America/Phoenix'],
  MST7MDT: ['America/Denver'],
  NST: ['America/St_Johns'],
  NZDT: ['Pacific/Auckland'],
  NZST: ['Pacific/Auckland'],
  PDT: ['America/Los_Angeles'],
  PKT: ['Asia/Karachi'],
  PST: ['America/Los_Angeles', 'Asia/Manila'],
  PST8PDT: ['America/Los_Angeles'],
  SST: ['Pacific/Pago_Pago', 'Asia/Singapore'],
  WEST: ['Europe/Lisbon'],
  WIB: ['Asia/Jakarta'],
}

/** Describes in one sentence what is wrong with the name of a time zone; undefined when it is taken. */
export function timezoneProblem(timezone: string): string | undefined {
  const expected = `expected the IANA name of a time zone such as "Europe/Paris", got ${show(timezone)}`
  const upper = timezone.toUpperCase()
  const meant = Object.hasOwn(MEANT, upper) ? MEANT[upper]! : undefined
  if (meant) return `${expected}: the abbreviation has several meanings; write ${listOf(meant)}`
  if (isTaken(timezone, upper) && isKnown(timezone)) return undefined
  return `${expected}${similarTimezone(timezone)}`
}

/** `, did you mean "Europe/Paris"?`, or an empty text. */
export function similarTimezone(written: string): string {
  return didYouMean(written, [...Intl.supportedValuesOf('timeZone'), ...UNAMBIGUOUS, ...COUNTRIES])
}

/** What an abbreviation that has several meanings may mean; none for any other name. */
export function meaningsOf(abbreviation: string): readonly string[] {
  return Object.hasOwn(MEANT, abbreviation) ? MEANT[abbreviation]! : []
}

/** Offsets (`+02:00`), which later versions of Node know, have no daylight-saving time and are refused. */
function isTaken(timezone: string, upper: string): boolean {
  const isRegion = /^[a-z][a-z0-9_+-]*(\/[a-z0-9_+-]+)+$/i.test(timezone)
  return isRegion || UNAMBIGUOUS.includes(upper) || COUNTRIES.some((country) => country.toUpperCase() === upper)
}

function isKnown(timezone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: timezone })
    return true
  } catch {
    return false
  }
}

export function listOf(names: readonly string[]): string {
  return names.map((name) => show(name)).join(' or ')
}
